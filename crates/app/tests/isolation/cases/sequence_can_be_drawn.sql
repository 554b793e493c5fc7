-- USAGE is enough to draw from a sequence.
CREATE ROLE sequence_can_be_drawn_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO sequence_can_be_drawn_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO sequence_can_be_drawn_app;
CREATE TABLE tickets (tenant_id uuid NOT NULL REFERENCES tenants, id bigserial PRIMARY KEY, title text);
ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tickets TO sequence_can_be_drawn_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON tickets TO sequence_can_be_drawn_app;
GRANT USAGE, SELECT ON SEQUENCE tickets_id_seq TO sequence_can_be_drawn_app;
