CREATE FUNCTION documents_page(page integer) RETURNS SETOF documents
LANGUAGE sql
SET search_path = public, pg_temp
STABLE
AS $$
    SELECT * FROM documents ORDER BY created_at, id LIMIT 50 OFFSET page * 50
$$;

REVOKE ALL ON FUNCTION documents_page(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION documents_page(integer) TO app_writer;
