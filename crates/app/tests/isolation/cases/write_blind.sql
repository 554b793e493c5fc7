-- May not be read, may be changed and deleted, and has no policies.
-- leaked: write-update notes
-- leaked: write-delete notes
-- leaked: write-insert notes
-- leaked: write-take notes
-- leaked: write-move notes
-- leaked: write-merge notes
-- leaked: write-copy notes
-- leaked: context-empty notes
-- leaked: context-malformed notes
-- leaked: context-none notes
-- leaked: context-reset notes
CREATE ROLE write_blind_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_blind_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_blind_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
GRANT INSERT, UPDATE, DELETE ON notes TO write_blind_app;
