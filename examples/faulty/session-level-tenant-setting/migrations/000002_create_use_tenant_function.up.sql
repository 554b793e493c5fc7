CREATE FUNCTION use_tenant(wanted uuid) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT set_config('app.current_tenant_id', wanted::text, false)
$$;

REVOKE ALL ON FUNCTION use_tenant(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION use_tenant(uuid) TO app_writer;
