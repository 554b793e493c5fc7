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

ALTER TABLE faces ENABLE ROW LEVEL SECURITY;
ALTER TABLE faces FORCE ROW LEVEL SECURITY;
CREATE POLICY faces_of_tenant ON faces
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_of_tenant ON api_keys
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

COMMENT ON POLICY tenants_own_row ON tenants IS 'A session sees its own tenant; without one it sees none.';
COMMENT ON POLICY tenants_administration ON tenants IS 'Tenants are made and suspended across the service by app_admin alone.';
COMMENT ON POLICY faces_of_tenant ON faces IS 'A session sees and writes rows of its own tenant; without one, none.';
COMMENT ON POLICY api_keys_of_tenant ON api_keys IS 'A session sees and writes rows of its own tenant; without one, none.';
