CREATE FUNCTION search_documents(wanted text) RETURNS SETOF documents
LANGUAGE sql
SET search_path = public, pg_temp
STABLE SECURITY DEFINER
AS $$
    SELECT * FROM documents WHERE title = wanted
$$;

REVOKE ALL ON FUNCTION search_documents(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_documents(text) TO app_writer;
