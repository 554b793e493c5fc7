SET LOCAL lock_timeout = '2s';

-- Roles belong to the whole server. One that exists already is used as it is; one that is made here is marked as
-- such, so that only it is taken away again.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['app_reader', 'app_writer', 'app_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
                EXECUTE format('COMMENT ON ROLE %I IS %L', role_name, 'Made by the migrations of meetings.');
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database made it at the same moment
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app_reader, app_writer, app_admin;

GRANT SELECT ON organizations TO app_reader, app_writer;
GRANT SELECT, INSERT, UPDATE ON organizations TO app_admin;

-- Readers need no password hashes.
GRANT SELECT (user_id, org_id, email, display_name, is_active, last_login_at, created_at, updated_at) ON users TO app_reader;
GRANT SELECT, INSERT, UPDATE ON users TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO app_admin;

GRANT SELECT ON meetings, participants TO app_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON meetings, participants TO app_writer, app_admin;
