DROP TABLE documents;
DROP TABLE tenants;

-- A role goes only if the up of this migration made it and nothing on the server needs it.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT r.oid, r.rolname
        FROM pg_roles r
        WHERE r.rolname IN ('app_writer')
          AND shobj_description(r.oid, 'pg_authid') = 'Made by the migrations of these examples.'
          AND NOT EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid)
          AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid OR m.roleid = r.oid)
          AND NOT EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = r.oid)
    LOOP
        EXECUTE format('DROP ROLE %I', made.rolname);
    END LOOP;
END
$$;
