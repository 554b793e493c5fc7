-- Rows without a tenant are everybody's, and everybody can write them.
-- leaked: write-nobody notes
CREATE ROLE write_null_tenant_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_null_tenant_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_null_tenant_app;
CREATE TABLE notes (
    tenant_id uuid REFERENCES tenants, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY all_notes ON notes FOR ALL TO write_null_tenant_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR tenant_id IS NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO write_null_tenant_app;
