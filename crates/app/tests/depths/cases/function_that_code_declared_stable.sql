-- case: ALTER FUNCTION in a DO block changes what the text has read.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE FUNCTION here() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a'; END $$;
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER FUNCTION here() IMMUTABLE$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER FUNCTION here() VOLATILE$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN place text DEFAULT here();
