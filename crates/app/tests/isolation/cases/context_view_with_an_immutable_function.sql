-- A view calls a function that is marked IMMUTABLE: a prepared statement keeps its first tenant.
-- leaked: context-plan own_orders
CREATE ROLE context_view_with_an_immutable_function_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid $$;
CREATE VIEW own_orders WITH (security_barrier) AS SELECT id, title FROM orders WHERE tenant_id = current_tenant();
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY own ON orders USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_view_with_an_immutable_function_app;
GRANT SELECT ON own_orders TO context_view_with_an_immutable_function_app;
