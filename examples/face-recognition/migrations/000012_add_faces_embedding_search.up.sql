SET LOCAL lock_timeout = '2s';

-- 512 dimensions in half precision are 1032 bytes and stay in the row; the full vector is moved out of line, and
-- fetching it back was most of the time of a 1:N search within a tenant. Old rows are filled by the batches of
-- queries/fill_embedding_search.sql.
ALTER TABLE faces ADD COLUMN embedding_search halfvec(512);
ALTER TABLE faces ALTER COLUMN embedding_search SET STORAGE PLAIN;

CREATE FUNCTION fill_embedding_search() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.embedding_search := NEW.embedding::halfvec(512);
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION fill_embedding_search() FROM PUBLIC;

CREATE TRIGGER faces_fill_embedding_search
    BEFORE INSERT OR UPDATE OF embedding ON faces
    FOR EACH ROW EXECUTE FUNCTION fill_embedding_search();

COMMENT ON COLUMN faces.embedding_search IS 'The embedding in half precision, kept in the row for search within the tenant; written by a trigger.';
COMMENT ON FUNCTION fill_embedding_search() IS 'Trigger: keeps embedding_search in step with embedding.';
