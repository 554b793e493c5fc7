-- case: The one that takes a text is immutable; the twin has it the other way round.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- harmless:
-- there:
CREATE FUNCTION here(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN a; END $$; CREATE FUNCTION here(a int) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN a; END $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here('x'::text);
-- hazard:
-- there:
CREATE FUNCTION here(a text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN a; END $$; CREATE FUNCTION here(a int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN a; END $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here('x'::text);
