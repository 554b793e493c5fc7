CREATE FUNCTION minutes_of(hours bigint) RETURNS bigint
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS 'SELECT hours * 60';
