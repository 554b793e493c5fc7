-- migration: 1_make
CREATE FUNCTION shipping(weight numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT weight * 2';
-- migration: 2_change
CREATE OR REPLACE FUNCTION shipping(weight numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT weight * 3';
CREATE FUNCTION shipping_to(weight numeric, country text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT weight * 3';
