-- A policy for SELECT and one for INSERT, and no more is granted.
CREATE ROLE live_granted_as_allowed_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO live_granted_as_allowed_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO live_granted_as_allowed_app;
CREATE TABLE consents (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, kind text);
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON consents FOR SELECT TO live_granted_as_allowed_app USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY added ON consents FOR INSERT TO live_granted_as_allowed_app WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON consents TO live_granted_as_allowed_app;
