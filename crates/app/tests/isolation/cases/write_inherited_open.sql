-- A child by inheritance is granted and has no policies of its own.
-- leaked: write-update short_notes
-- leaked: write-delete short_notes
-- leaked: write-insert short_notes
-- leaked: write-take short_notes
-- leaked: write-move short_notes
-- leaked: write-upsert short_notes
-- leaked: write-merge short_notes
-- leaked: write-copy short_notes
-- leaked: read-* short_notes
-- leaked: around-statistics short_notes
-- leaked: context-empty short_notes
-- leaked: context-left-over short_notes
-- leaked: context-malformed short_notes
-- leaked: context-none short_notes
-- leaked: context-plan short_notes
-- leaked: context-reset short_notes
-- leaked: context-switched short_notes
CREATE ROLE write_inherited_open_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_inherited_open_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_inherited_open_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY select_notes ON notes FOR SELECT TO write_inherited_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY insert_notes ON notes FOR INSERT TO write_inherited_open_app
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY update_notes ON notes FOR UPDATE TO write_inherited_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY delete_notes ON notes FOR DELETE TO write_inherited_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO write_inherited_open_app;
CREATE TABLE short_notes (size int) INHERITS (notes);
ALTER TABLE short_notes ADD PRIMARY KEY (tenant_id, id), ADD FOREIGN KEY (tenant_id) REFERENCES tenants;
GRANT SELECT, INSERT, UPDATE, DELETE ON short_notes TO write_inherited_open_app;
