-- case: IF NOT EXISTS finds the stored column that code has added.
-- fears: stored-column-added
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN twice numeric$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS twice numeric GENERATED ALWAYS AS (total * 2) STORED;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN thrice numeric$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS twice numeric GENERATED ALWAYS AS (total * 2) STORED;
