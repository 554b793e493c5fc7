-- The application can become the owner, whom nothing forces.
-- leaked: around-role the database (around_group_by_set_role_group)
CREATE ROLE around_group_by_set_role_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO around_group_by_set_role_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO around_group_by_set_role_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO around_group_by_set_role_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO around_group_by_set_role_app;
CREATE ROLE around_group_by_set_role_group;
ALTER TABLE orders OWNER TO around_group_by_set_role_group;
ALTER ROLE around_group_by_set_role_app NOINHERIT;
GRANT around_group_by_set_role_group TO around_group_by_set_role_app;
