-- case: A DO block has widened the column before; in the twin it widened another one.
-- fears: column-type-rewritten
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces int, boxes int);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER pieces TYPE bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER pieces TYPE bigint;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER boxes TYPE bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER pieces TYPE bigint;
