-- The tenant column may be NULL, and the policy does not let that through.
CREATE ROLE write_null_refused_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_null_refused_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_null_refused_app;
CREATE TABLE notes (
    tenant_id uuid REFERENCES tenants, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY all_notes ON notes FOR ALL TO write_null_refused_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO write_null_refused_app;
