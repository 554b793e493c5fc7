CREATE FUNCTION use_tenant(wanted uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    EXECUTE 'SET app.current_tenant_id = $1' USING wanted;
END
$$;

REVOKE ALL ON FUNCTION use_tenant(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION use_tenant(uuid) TO app_writer;
