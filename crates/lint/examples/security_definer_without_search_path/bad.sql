CREATE FUNCTION minutes_of(hours bigint) RETURNS bigint
LANGUAGE sql
SECURITY DEFINER
AS 'SELECT hours * 60';
