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

ALTER TABLE monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY monitors_of_tenant ON monitors
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY monitors_of_tenant ON monitors IS 'A session sees and writes rows of its own tenant; without one, none.';
