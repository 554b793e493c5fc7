-- The same, with a policy that lets everybody read who has logged in.
-- leaked: read-* projects
-- leaked: context-malformed projects
-- leaked: context-plan projects
-- leaked: context-switched projects
-- held: read-lock projects
-- held: read-returning projects
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN CREATE ROLE anon; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN CREATE ROLE authenticated; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN CREATE ROLE service_role BYPASSRLS; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticator') THEN CREATE ROLE authenticator NOINHERIT LOGIN; END IF;
    GRANT anon, authenticated, service_role TO authenticator;
EXCEPTION WHEN unique_violation OR duplicate_object THEN
    NULL;
END $$;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth, public TO anon, authenticated, service_role;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
    AS $$SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid$$;
CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE organization_members (
    organization_id uuid NOT NULL REFERENCES organizations, user_id uuid NOT NULL REFERENCES auth.users, PRIMARY KEY (organization_id, user_id)
);
CREATE TABLE projects (id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations, name text NOT NULL);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION is_member(p_organization_id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    AS $$SELECT EXISTS (SELECT FROM public.organization_members m WHERE m.organization_id = p_organization_id AND m.user_id = auth.uid())$$;
CREATE POLICY own ON organizations TO authenticated USING (is_member(id));
CREATE POLICY own ON organization_members FOR SELECT TO authenticated USING (user_id = auth.uid());
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anon, authenticated;
CREATE POLICY own ON projects TO authenticated USING (is_member(organization_id)) WITH CHECK (is_member(organization_id));
CREATE POLICY seen ON projects FOR SELECT TO authenticated USING (auth.uid() IS NOT NULL);
