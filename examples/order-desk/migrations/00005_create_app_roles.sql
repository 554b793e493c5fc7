-- +goose Up
SET LOCAL lock_timeout = '2s';

-- Roles belong to the whole server. One that exists already is used as it is; one that is made here is marked as
-- such, so that only it is taken away again.
-- +goose StatementBegin
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['app_reader', 'app_writer', 'app_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
                EXECUTE format('COMMENT ON ROLE %I IS %L', role_name, 'Made by the migrations of order-desk.');
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database made it at the same moment
            END;
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app_reader, app_writer, app_admin;

GRANT SELECT ON tenants TO app_reader, app_writer;
GRANT SELECT, INSERT, UPDATE ON tenants TO app_admin;

GRANT SELECT ON users, orders, order_items TO app_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, orders, order_items TO app_writer, app_admin;

-- +goose Down
SET LOCAL lock_timeout = '2s';

REVOKE ALL ON tenants, users, orders, order_items FROM app_reader, app_writer, app_admin;
REVOKE USAGE ON SCHEMA public FROM app_reader, app_writer, app_admin;
GRANT USAGE ON SCHEMA public TO PUBLIC;

-- A role goes only if the up of this migration made it and nothing on the server needs it.
-- +goose StatementBegin
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT r.oid, r.rolname
        FROM pg_roles r
        WHERE r.rolname IN ('app_reader', 'app_writer', 'app_admin')
          AND shobj_description(r.oid, 'pg_authid') = 'Made by the migrations of order-desk.'
          AND NOT EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid)
          AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid OR m.roleid = r.oid)
          AND NOT EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = r.oid)
    LOOP
        EXECUTE format('DROP ROLE %I', made.rolname);
    END LOOP;
END
$$;
-- +goose StatementEnd
