-- The application is a member of the role that owns the table.
-- leaked: around-owner orders
-- leaked: around-trigger orders
-- leaked: write-truncate orders
CREATE ROLE around_table_of_a_group_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE ROLE around_table_of_a_group_group;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO around_table_of_a_group_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO around_table_of_a_group_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO around_table_of_a_group_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO around_table_of_a_group_app;
ALTER TABLE orders OWNER TO around_table_of_a_group_group;
GRANT around_table_of_a_group_group TO around_table_of_a_group_app;
