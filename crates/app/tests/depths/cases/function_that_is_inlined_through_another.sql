-- case: Two functions, one inside the other, neither declared stable.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- harmless:
-- there:
CREATE FUNCTION inner_one() RETURNS text LANGUAGE sql AS $$ SELECT 'a'::text $$; CREATE FUNCTION here() RETURNS text LANGUAGE sql AS $$ SELECT inner_one() $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
-- hazard:
-- there:
CREATE FUNCTION inner_one() RETURNS text LANGUAGE sql AS $$ SELECT clock_timestamp()::text $$; CREATE FUNCTION here() RETURNS text LANGUAGE sql AS $$ SELECT inner_one() $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
