-- A partial index over an expression knows no tenant.
-- leaked: reference-unique members (members_mail)
CREATE ROLE reference_unique_expression_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_unique_expression_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_unique_expression_app;
CREATE TABLE members (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), email text NOT NULL, phone text,
    deleted_at timestamptz, PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX members_mail ON members (lower(email)) WHERE deleted_at IS NULL;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY all_members ON members FOR ALL TO reference_unique_expression_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON members TO reference_unique_expression_app;
