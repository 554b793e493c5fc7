-- A grandchild without a tenant column and without a policy.
-- leaked: write-update marks
-- leaked: write-delete marks
-- leaked: write-insert marks
-- leaked: write-take marks
-- leaked: write-move marks
-- leaked: write-merge marks
-- leaked: write-upsert marks
-- leaked: write-copy marks
-- leaked: reference-foreign-key marks (marks_line_id_fkey)
-- leaked: read-* marks
-- leaked: around-statistics marks
-- leaked: context-empty marks
-- leaked: context-left-over marks
-- leaked: context-malformed marks
-- leaked: context-none marks
-- leaked: context-plan marks
-- leaked: context-reset marks
-- leaked: context-switched marks
CREATE ROLE reference_grandchild_open_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_grandchild_open_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_grandchild_open_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (id), UNIQUE (tenant_id, id)
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY select_notes ON notes FOR SELECT TO reference_grandchild_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY insert_notes ON notes FOR INSERT TO reference_grandchild_open_app
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY update_notes ON notes FOR UPDATE TO reference_grandchild_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY delete_notes ON notes FOR DELETE TO reference_grandchild_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO reference_grandchild_open_app;
CREATE TABLE lines (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note_id uuid NOT NULL REFERENCES notes, body text NOT NULL
);
ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE lines FORCE ROW LEVEL SECURITY;
CREATE POLICY all_lines ON lines FOR ALL TO reference_grandchild_open_app
    USING (EXISTS (SELECT FROM notes n WHERE n.id = note_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON lines TO reference_grandchild_open_app;
CREATE TABLE marks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), line_id uuid NOT NULL REFERENCES lines, mark int NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON marks TO reference_grandchild_open_app;
