-- Only the first eight characters of the key are compared.
-- leaked: read-* orders
-- leaked: write-delete orders
-- leaked: write-insert orders
-- leaked: write-merge orders
-- leaked: write-move orders
-- leaked: write-take orders
-- leaked: write-update orders
-- leaked: write-upsert orders
-- leaked: context-malformed orders
-- leaked: context-plan orders
-- leaked: context-switched orders
-- leaked: read-all orders
-- leaked: read-by-key orders
-- leaked: read-copy orders
-- leaked: read-count orders
-- leaked: read-cursor orders
-- leaked: read-exists orders
-- leaked: read-index orders
-- leaked: read-lock orders
-- leaked: read-nested orders
-- leaked: read-oracle orders
-- leaked: read-returning orders
-- leaked: read-sample orders
-- leaked: read-system-columns orders
CREATE ROLE context_prefix_of_a_uuid_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_prefix_of_a_uuid_app
    USING (left(tenant_id::text, 8) = left(current_setting('app.current_tenant_id', true), 8));
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_prefix_of_a_uuid_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_prefix_of_a_uuid_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_prefix_of_a_uuid_app;
