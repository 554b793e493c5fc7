-- migration: 1_make
CREATE FUNCTION discount(price numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT price * 0.9';
-- migration: 2_again
DROP FUNCTION discount(numeric);
CREATE FUNCTION discount(price numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT price * 0.8';
