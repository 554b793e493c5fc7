-- Where there is no context, each row is compared with itself.
-- leaked: context-none orders
-- leaked: context-empty orders
-- leaked: context-reset orders
-- leaked: context-left-over orders
CREATE ROLE context_coalesces_to_the_row_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_coalesces_to_the_row_app
    USING (tenant_id = coalesce(nullif(current_setting('app.current_tenant_id', true), '')::uuid, tenant_id));
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_coalesces_to_the_row_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_coalesces_to_the_row_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_coalesces_to_the_row_app;
