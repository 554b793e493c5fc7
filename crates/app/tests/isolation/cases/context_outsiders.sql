-- Members of organisations come in as Supabase's gateway lets them.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'authenticator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOINHERIT', name);
        END IF;
    END LOOP;
END $$;
GRANT anon, authenticated TO authenticator;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated;
CREATE TABLE auth.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE members (
    organization_id uuid NOT NULL REFERENCES organizations, user_id uuid NOT NULL REFERENCES auth.users,
    PRIMARY KEY (organization_id, user_id)
);
CREATE TABLE orders (
    organization_id uuid NOT NULL REFERENCES organizations, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON members FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()));
CREATE POLICY own ON organizations FOR SELECT TO authenticated
    USING (id IN (SELECT organization_id FROM members WHERE user_id = (SELECT auth.uid())));
CREATE POLICY own ON orders TO authenticated
    USING (organization_id IN (SELECT organization_id FROM members WHERE user_id = (SELECT auth.uid())));
GRANT SELECT ON organizations, members TO authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO authenticated;
