-- migration: 1_make
CREATE FUNCTION shipping(weight numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT weight * 2';
-- migration: 2_change
DROP FUNCTION shipping(numeric);
CREATE FUNCTION shipping(weight numeric, country text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT weight * 3';
