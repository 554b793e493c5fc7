-- Rows are shown to the person whose they are: that no row was made for that person is no fault.
-- not tried: live-select drafts
CREATE ROLE live_rows_of_a_person_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO live_rows_of_a_person_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO live_rows_of_a_person_app;
CREATE TABLE drafts (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, writer text NOT NULL, body text);
ALTER TABLE drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON drafts TO live_rows_of_a_person_app USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) AND writer = current_user);
GRANT SELECT ON drafts TO live_rows_of_a_person_app;
