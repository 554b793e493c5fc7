-- Tenants are numbers, and their first digits are compared.
-- leaked: read-* notes
-- leaked: context-malformed notes
-- leaked: context-plan notes
-- leaked: context-switched notes
-- held: read-lock notes
-- held: read-returning notes
CREATE ROLE read_bigint_tenant_app;
CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (tenant_id bigint NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE files (tenant_id bigint NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON files TO read_bigint_tenant_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::bigint));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_bigint_tenant_app
    USING (tenant_id::text LIKE nullif(current_setting('app.current_tenant_id', true), '') || '%');
GRANT SELECT ON notes, files TO read_bigint_tenant_app;
