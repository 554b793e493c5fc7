-- A key of text that people choose tells one tenant which codes others have.
-- leaked: reference-unique notes (notes_pkey)
CREATE ROLE reference_text_code_as_key_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE notes (code varchar(36) PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, body text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO reference_text_code_as_key_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_text_code_as_key_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_text_code_as_key_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO reference_text_code_as_key_app;
