-- The role has BYPASSRLS.
-- leaked: read-* orders
-- leaked: context-none orders
-- leaked: context-empty orders
-- leaked: context-malformed orders
-- leaked: context-reset orders
-- leaked: context-left-over orders
-- leaked: context-switched orders
-- leaked: context-plan orders
-- leaked: around-statistics orders
-- leaked: read-* tenants
-- leaked: context-none tenants
-- leaked: context-empty tenants
-- leaked: context-malformed tenants
-- leaked: context-reset tenants
-- leaked: context-left-over tenants
-- leaked: context-switched tenants
-- leaked: context-plan tenants
-- leaked: around-statistics tenants
-- leaked: write-update orders
-- leaked: around-role the database (around_unbound_app)
-- held: read-lock tenants
-- held: read-returning tenants
-- leaked: write-copy orders
-- leaked: write-delete orders
-- leaked: write-insert orders
-- leaked: write-merge orders
-- leaked: write-move orders
-- leaked: write-take orders
-- leaked: write-upsert orders
CREATE ROLE around_unbound_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO around_unbound_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO around_unbound_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO around_unbound_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO around_unbound_app;
ALTER ROLE around_unbound_app BYPASSRLS;
