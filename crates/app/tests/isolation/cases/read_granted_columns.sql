-- Only some columns are granted; rows are told apart by those all the same.
-- leaked: read-all files
-- leaked: read-count files
-- leaked: read-index files
-- leaked: read-copy files
-- leaked: read-sample files
-- leaked: read-cursor files
-- leaked: read-oracle files
-- leaked: read-nested files
-- leaked: read-system-columns files
-- leaked: around-statistics files
-- leaked: context-empty files
-- leaked: context-left-over files
-- leaked: context-malformed files
-- leaked: context-none files
-- leaked: context-plan files
-- leaked: context-reset files
-- leaked: context-switched files
CREATE ROLE read_granted_columns_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_granted_columns_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_granted_columns_app;
CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, body text, open boolean NOT NULL);
CREATE TABLE files (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, body text, open boolean NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_granted_columns_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT (body, open) ON notes, files TO read_granted_columns_app;
