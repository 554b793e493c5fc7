-- The same tree, with the tenant in the key.
CREATE ROLE reference_self_tied_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_self_tied_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_self_tied_app;
CREATE TABLE folders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, parent_id uuid,
    UNIQUE (tenant_id, id), FOREIGN KEY (tenant_id, parent_id) REFERENCES folders (tenant_id, id)
);
ALTER TABLE folders ENABLE ROW LEVEL SECURITY;
ALTER TABLE folders FORCE ROW LEVEL SECURITY;
CREATE POLICY all_folders ON folders FOR ALL TO reference_self_tied_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON folders TO reference_self_tied_app;
