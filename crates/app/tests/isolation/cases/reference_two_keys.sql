-- Two foreign keys, of which one forgot the tenant.
-- leaked: reference-foreign-key links (links_to)
CREATE ROLE reference_two_keys_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_two_keys_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_two_keys_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (id), UNIQUE (tenant_id, id)
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY select_notes ON notes FOR SELECT TO reference_two_keys_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY insert_notes ON notes FOR INSERT TO reference_two_keys_app
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY update_notes ON notes FOR UPDATE TO reference_two_keys_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY delete_notes ON notes FOR DELETE TO reference_two_keys_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO reference_two_keys_app;
CREATE TABLE links (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), from_id uuid NOT NULL, to_id uuid NOT NULL,
    FOREIGN KEY (tenant_id, from_id) REFERENCES notes (tenant_id, id),
    CONSTRAINT links_to FOREIGN KEY (to_id) REFERENCES notes (id), CHECK (from_id IS NOT NULL)
);
ALTER TABLE links ENABLE ROW LEVEL SECURITY;
ALTER TABLE links FORCE ROW LEVEL SECURITY;
CREATE POLICY all_links ON links FOR ALL TO reference_two_keys_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON links TO reference_two_keys_app;
