-- The policy is for another role than the one that has the privileges.
-- leaked: live-select consents
-- settings: [tenancy]
-- settings: role = "live_policy_for_another_role_app"
CREATE ROLE live_policy_for_another_role_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO live_policy_for_another_role_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO live_policy_for_another_role_app;
CREATE ROLE live_policy_for_another_role_app_other;
CREATE TABLE consents (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, kind text);
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON consents TO live_policy_for_another_role_app_other USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON consents TO live_policy_for_another_role_app;
