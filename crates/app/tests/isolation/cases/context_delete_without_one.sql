-- Reading fails closed, deleting is open without a context.
-- leaked: context-none orders
-- leaked: context-empty orders
-- leaked: context-reset orders
CREATE ROLE context_delete_without_one_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON orders FOR SELECT TO context_delete_without_one_app USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY adding ON orders FOR INSERT TO context_delete_without_one_app WITH CHECK (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY changing ON orders FOR UPDATE TO context_delete_without_one_app USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY removing ON orders FOR DELETE TO context_delete_without_one_app USING (nullif(current_setting('app.current_tenant_id', true), '') IS NULL OR tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_delete_without_one_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_delete_without_one_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_delete_without_one_app;
