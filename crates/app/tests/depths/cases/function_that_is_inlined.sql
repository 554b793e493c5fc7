-- case: Nothing declares it stable, but PostgreSQL puts its body in its place; a body that draws lots stays volatile.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- harmless:
-- there:
CREATE FUNCTION here() RETURNS text LANGUAGE sql AS $$ SELECT 'a'::text $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
-- hazard:
-- there:
CREATE FUNCTION here() RETURNS text LANGUAGE sql AS $$ SELECT random()::text $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
