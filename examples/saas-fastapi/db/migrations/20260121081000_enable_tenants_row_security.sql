-- migrate:up
SET LOCAL lock_timeout = '2s';

-- nullif: after a SET LOCAL has ended the setting reads '' in that session; no tenant must mean no rows, not an error.
-- The sub-select is computed once for a statement, not once for a row.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_own_row ON tenants
    FOR SELECT TO app_reader, app_writer
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY tenants_administration ON tenants
    FOR ALL TO app_admin
    USING (true)
    WITH CHECK (true);
COMMENT ON POLICY tenants_own_row ON tenants IS 'A session sees its own tenant; without one it sees none.';
COMMENT ON POLICY tenants_administration ON tenants IS 'Tenants are made and suspended across the service by app_admin alone.';

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_of_tenant ON users
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY users_of_tenant ON users IS 'A session sees and writes rows of its own tenant; without one, none.';

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
CREATE POLICY projects_of_tenant ON projects
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY projects_of_tenant ON projects IS 'A session sees and writes rows of its own tenant; without one, none.';

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tasks_of_tenant ON tasks
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY tasks_of_tenant ON tasks IS 'A session sees and writes rows of its own tenant; without one, none.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP POLICY tasks_of_tenant ON tasks;
ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;

DROP POLICY projects_of_tenant ON projects;
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;

DROP POLICY users_of_tenant ON users;
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

DROP POLICY tenants_administration ON tenants;
DROP POLICY tenants_own_row ON tenants;
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants DISABLE ROW LEVEL SECURITY;
