CREATE FUNCTION documents_today() RETURNS bigint
LANGUAGE sql
STABLE SECURITY DEFINER
AS $$
    SELECT count(*) FROM documents
    WHERE tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) AND created_at > now() - interval '1 day'
$$;

REVOKE ALL ON FUNCTION documents_today() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION documents_today() TO app_writer;
