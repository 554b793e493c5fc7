-- A policy that compares only the beginning of the tenant lets those with the same beginning through.
-- leaked: read-* notes
-- leaked: context-malformed notes
-- held: read-lock notes
-- held: read-returning notes
-- leaked: context-plan notes
-- leaked: context-switched notes
CREATE ROLE read_prefix_of_the_tenant_app;
CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (tenant_id text NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_prefix_of_the_tenant_app USING (tenant_id LIKE nullif(current_setting('app.current_tenant_id', true), '') || '%');
GRANT SELECT ON notes TO read_prefix_of_the_tenant_app;
