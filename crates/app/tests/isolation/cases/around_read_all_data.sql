-- The application is a member of pg_read_all_data: policies bind it, the statistics do not.
-- leaked: around-statistics orders
-- leaked: around-statistics tenants
-- leaked: around-server the database (pg_authid)
CREATE ROLE around_read_all_data_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO around_read_all_data_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO around_read_all_data_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO around_read_all_data_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO around_read_all_data_app;
GRANT pg_read_all_data TO around_read_all_data_app;
