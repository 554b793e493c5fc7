SET LOCAL lock_timeout = '2s';

-- nullif: after a SET LOCAL has ended the setting reads '' in that session; no organisation must mean no rows, not an
-- error. The sub-select is computed once for a statement, not once for a row.
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY organizations_own_row ON organizations
    FOR SELECT TO app_reader, app_writer
    USING (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY organizations_administration ON organizations
    FOR ALL TO app_admin
    USING (true)
    WITH CHECK (true);
COMMENT ON POLICY organizations_own_row ON organizations IS 'A session sees its own organisation; without one it sees none.';
COMMENT ON POLICY organizations_administration ON organizations IS 'Organisations are made and suspended across the service by app_admin alone.';

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_of_organisation ON users
    FOR ALL TO app_reader, app_writer, app_admin
    USING (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
COMMENT ON POLICY users_of_organisation ON users IS 'A session sees and writes rows of its own organisation; without one, none.';

ALTER TABLE meetings ENABLE ROW LEVEL SECURITY;
ALTER TABLE meetings FORCE ROW LEVEL SECURITY;
CREATE POLICY meetings_of_organisation ON meetings
    FOR ALL TO app_reader, app_writer, app_admin
    USING (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
COMMENT ON POLICY meetings_of_organisation ON meetings IS 'A session sees and writes rows of its own organisation; without one, none.';

ALTER TABLE participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE participants FORCE ROW LEVEL SECURITY;
CREATE POLICY participants_of_organisation ON participants
    FOR ALL TO app_reader, app_writer, app_admin
    USING (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid))
    WITH CHECK (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
COMMENT ON POLICY participants_of_organisation ON participants IS 'A session sees and writes rows of its own organisation; without one, none.';
