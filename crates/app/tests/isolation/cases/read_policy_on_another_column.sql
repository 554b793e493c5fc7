-- The policy compares the setting with a column that is not the tenant.
-- leaked: read-* notes
-- leaked: context-empty notes
-- leaked: context-left-over notes
-- leaked: context-malformed notes
-- leaked: context-none notes
-- leaked: context-plan notes
-- leaked: context-reset notes
-- leaked: context-switched notes
-- held: read-lock notes
-- held: read-returning notes
CREATE ROLE read_policy_on_another_column_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, about uuid, body text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_policy_on_another_column_app USING (about IS DISTINCT FROM (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON notes TO read_policy_on_another_column_app;
