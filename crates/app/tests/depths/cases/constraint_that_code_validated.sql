-- case: A constraint that was added NOT VALID is validated by a DO block; in the twin that validates another one.
-- fears: constraint-never-validated
-- depths: rehearsal
-- option: rows orders 5000000
-- harmless:
-- migration: 1_a
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces int, boxes int);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT lots CHECK (pieces > 0) NOT VALID, ADD CONSTRAINT few CHECK (boxes < 9) NOT VALID;
-- migration: 3_c
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders VALIDATE CONSTRAINT few;
DO $$ BEGIN EXECUTE 'ALTER TABLE orders VALIDATE CONSTRAINT lots'; END $$;
-- hazard:
-- migration: 1_a
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces int, boxes int);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT lots CHECK (pieces > 0) NOT VALID, ADD CONSTRAINT few CHECK (boxes < 9) NOT VALID;
-- migration: 3_c
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders VALIDATE CONSTRAINT few;
DO $$ BEGIN EXECUTE 'ALTER TABLE orders VALIDATE CONSTRAINT few'; END $$;
