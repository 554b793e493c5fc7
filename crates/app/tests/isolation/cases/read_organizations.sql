-- The tenant column is called org_id, and the setting is named otherwise too.
-- leaked: read-* rooms
-- leaked: around-statistics rooms
-- leaked: context-empty rooms
-- leaked: context-left-over rooms
-- leaked: context-malformed rooms
-- leaked: context-none rooms
-- leaked: context-plan rooms
-- leaked: context-reset rooms
-- leaked: context-switched rooms
-- held: read-lock rooms
-- held: read-returning rooms
CREATE ROLE read_organizations_app;
CREATE TABLE organizations (org_id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE meetings (org_id uuid NOT NULL REFERENCES organizations, meeting_id uuid PRIMARY KEY, topic text);
CREATE TABLE rooms (org_id uuid NOT NULL REFERENCES organizations, room_id uuid PRIMARY KEY, name text);
ALTER TABLE meetings ENABLE ROW LEVEL SECURITY;
ALTER TABLE meetings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON meetings TO read_organizations_app USING (org_id = nullif(current_setting('my.org', true), '')::uuid);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON organizations TO read_organizations_app USING (org_id = nullif(current_setting('my.org', true), '')::uuid);
GRANT SELECT ON organizations, meetings, rooms TO read_organizations_app;
