-- The whole text of the tenant is compared.
CREATE ROLE read_text_tenant_app;
CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (tenant_id text NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_text_tenant_app USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), ''));
GRANT SELECT ON notes TO read_text_tenant_app;
