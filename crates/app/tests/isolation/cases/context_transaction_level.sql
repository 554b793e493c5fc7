-- The tenant is taken on for the transaction.
-- settings: [tenancy]
-- settings: assume = ["SELECT set_config('app.current_tenant_id', $1, true)"]
CREATE ROLE context_transaction_level_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_transaction_level_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_transaction_level_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_transaction_level_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_transaction_level_app;
