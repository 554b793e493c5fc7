-- A view of the owner shows own rows alone, but lets rows of others be written.
-- leaked: write-insert own_orders
-- leaked: write-move own_orders
-- leaked: write-upsert own_orders
CREATE ROLE view_written_without_check_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_written_without_check_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_written_without_check_app;
CREATE VIEW own_orders WITH (security_barrier) AS SELECT tenant_id, id, title FROM orders WHERE tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON own_orders TO view_written_without_check_app;
