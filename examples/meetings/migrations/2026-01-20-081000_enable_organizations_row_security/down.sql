SET LOCAL lock_timeout = '2s';

DROP POLICY participants_of_organisation ON participants;
ALTER TABLE participants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE participants DISABLE ROW LEVEL SECURITY;

DROP POLICY meetings_of_organisation ON meetings;
ALTER TABLE meetings NO FORCE ROW LEVEL SECURITY;
ALTER TABLE meetings DISABLE ROW LEVEL SECURITY;

DROP POLICY users_of_organisation ON users;
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

DROP POLICY organizations_administration ON organizations;
DROP POLICY organizations_own_row ON organizations;
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations DISABLE ROW LEVEL SECURITY;
