-- case: The function is made where no migration shows it.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- harmless:
-- there:
CREATE FUNCTION here() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN 'a'; END $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
-- hazard:
-- there:
CREATE FUNCTION here() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN 'a'; END $$;
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
