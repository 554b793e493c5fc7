-- The restrictive policy is for reading only.
-- leaked: write-update notes
-- leaked: write-delete notes
-- leaked: write-insert notes
-- leaked: write-take notes
-- leaked: write-move notes
-- leaked: write-merge notes
-- leaked: context-empty notes
-- leaked: context-malformed notes
-- leaked: context-none notes
-- leaked: context-reset notes
CREATE ROLE write_restrictive_half_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_restrictive_half_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_restrictive_half_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY all_notes ON notes FOR ALL TO write_restrictive_half_app
    USING (true);
CREATE POLICY only_own ON notes AS RESTRICTIVE FOR SELECT TO write_restrictive_half_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO write_restrictive_half_app;
