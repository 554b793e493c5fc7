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
                EXECUTE format('COMMENT ON ROLE %I IS %L', role_name, 'Made by the migrations of face-recognition.');
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database made it at the same moment
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app_reader, app_writer, app_admin;

GRANT SELECT ON tenants TO app_reader, app_writer;
GRANT SELECT, INSERT, UPDATE ON tenants TO app_admin;

-- Readers see everything of a face but the face.
GRANT SELECT (id, tenant_id, external_id, embedding_key_version, quality_score, liveness_verified, metadata, created_at, updated_at)
    ON faces TO app_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON faces TO app_writer, app_admin;

GRANT SELECT (id, tenant_id, name, key_prefix, scopes, rate_limit_override, last_used_at, expires_at, revoked_at, created_at, updated_at)
    ON api_keys TO app_reader;
GRANT SELECT, INSERT, UPDATE ON api_keys TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO app_admin;
