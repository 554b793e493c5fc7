-- migration: 1_count_rows
CREATE FUNCTION count_rows(of_table text) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counted bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || of_table INTO counted;
    RETURN counted;
END
$$;
