-- Rows that are marked as deleted are hidden; the table beside it forgets the tenant for them.
-- leaked: read-* files
-- leaked: context-empty files
-- leaked: context-left-over files
-- leaked: context-malformed files
-- leaked: context-none files
-- leaked: context-plan files
-- leaked: context-reset files
-- leaked: context-switched files
-- held: read-lock files
-- held: read-returning files
CREATE ROLE read_soft_deleted_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_soft_deleted_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_soft_deleted_app;
CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, body text, gone boolean NOT NULL DEFAULT false);
CREATE TABLE files (tenant_id uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, body text, gone boolean NOT NULL DEFAULT false);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_soft_deleted_app USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON files TO read_soft_deleted_app USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR gone OR NOT gone);
GRANT SELECT ON notes, files TO read_soft_deleted_app;
