-- The roles of the platform. Nobody logs in as them on a scratch database, and no password is set.
-- Roles belong to the server, so this is run again for every scratch database.
DO $roles$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT * FROM (VALUES
            ('anon', 'NOLOGIN'),
            ('authenticated', 'NOLOGIN'),
            ('service_role', 'NOLOGIN BYPASSRLS'),
            ('authenticator', 'LOGIN NOINHERIT'),
            ('supabase_admin', 'NOLOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS'),
            ('supabase_auth_admin', 'NOLOGIN NOINHERIT CREATEROLE'),
            ('supabase_storage_admin', 'NOLOGIN NOINHERIT CREATEROLE'),
            ('supabase_functions_admin', 'NOLOGIN NOINHERIT CREATEROLE'),
            ('supabase_realtime_admin', 'NOLOGIN NOINHERIT'),
            ('supabase_replication_admin', 'NOLOGIN REPLICATION'),
            ('supabase_read_only_user', 'NOLOGIN BYPASSRLS'),
            ('dashboard_user', 'NOLOGIN CREATEDB CREATEROLE REPLICATION'),
            ('pgbouncer', 'NOLOGIN'),
            ('postgres', 'NOLOGIN CREATEDB CREATEROLE')
        ) AS wanted (name, attributes)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name)
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', made.name, made.attributes);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            -- On a server given by URL the role that makes scratch databases may be no superuser: the name alone
            -- is enough for scripts that refer to it.
            WHEN insufficient_privilege THEN EXECUTE format('CREATE ROLE %I NOLOGIN', made.name);
        END;
    END LOOP;
    FOR made IN
        SELECT * FROM (VALUES
            ('anon', 'authenticator'), ('authenticated', 'authenticator'), ('service_role', 'authenticator'),
            ('anon', 'postgres'), ('authenticated', 'postgres'), ('service_role', 'postgres'),
            ('anon', 'supabase_storage_admin'), ('authenticated', 'supabase_storage_admin'),
            ('service_role', 'supabase_storage_admin'), ('authenticator', 'supabase_storage_admin'),
            ('pg_read_all_data', 'supabase_read_only_user')
        ) AS wanted (name, member)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_auth_members AS m
            WHERE m.roleid = wanted.name::regrole AND m.member = wanted.member::regrole
        )
    LOOP
        BEGIN
            EXECUTE format('GRANT %I TO %I', made.name, made.member);
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;
        END;
    END LOOP;
END
$roles$;
