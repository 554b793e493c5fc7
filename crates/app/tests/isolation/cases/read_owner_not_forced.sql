-- The application owns the table, and row security is not forced on owners.
-- leaked: read-* orders
-- leaked: write-* orders
-- leaked: around-owner orders
-- leaked: around-statistics orders
-- leaked: around-trigger orders
-- leaked: context-empty orders
-- leaked: context-left-over orders
-- leaked: context-malformed orders
-- leaked: context-none orders
-- leaked: context-plan orders
-- leaked: context-reset orders
-- leaked: context-switched orders
CREATE ROLE read_proprietor_not_forced_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_proprietor_not_forced_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_proprietor_not_forced_app;
ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;
ALTER TABLE orders OWNER TO read_proprietor_not_forced_app;
