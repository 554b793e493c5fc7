-- Whoever has no context at all reads everything.
-- leaked: context-none orders
CREATE ROLE context_open_without_a_setting_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_open_without_a_setting_app
    USING (current_setting('app.current_tenant_id', true) IS NULL OR tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_open_without_a_setting_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_open_without_a_setting_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_open_without_a_setting_app;
