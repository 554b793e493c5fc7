-- A second permissive policy opens what the first one shuts.
-- leaked: read-* orders
-- leaked: context-empty orders
-- leaked: context-left-over orders
-- leaked: context-malformed orders
-- leaked: context-none orders
-- leaked: context-plan orders
-- leaked: context-reset orders
-- leaked: context-switched orders
-- held: read-lock orders
-- held: read-returning orders
CREATE ROLE read_policy_or_true_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_policy_or_true_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_policy_or_true_app;
CREATE POLICY support ON orders FOR SELECT TO read_policy_or_true_app USING (true);
