-- No role of the application is known: it may be the owner, whom only FORCE binds.
-- leaked: around-forced orders
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY own ON orders USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
