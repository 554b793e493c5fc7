-- migration: 1_make
CREATE FUNCTION vat(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT amount * 0.19';
-- migration: 2_rename
ALTER FUNCTION vat(numeric) RENAME TO sales_tax;
CREATE FUNCTION vat(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT sales_tax(amount)';
