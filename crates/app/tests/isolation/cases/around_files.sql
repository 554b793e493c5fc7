-- The application may read files of the server.
-- leaked: around-server the database (pg_read_file)
-- leaked: around-server the database (pg_ls_dir)
-- leaked: around-server the database (COPY FROM a file)
CREATE ROLE around_files_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO around_files_app
    USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO around_files_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO around_files_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO around_files_app;
GRANT pg_read_server_files TO around_files_app;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO around_files_app;
GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO around_files_app;
