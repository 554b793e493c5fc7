-- case: IF NOT EXISTS finds the column that a DO block added.
-- fears: volatile-default-added
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN token uuid$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS token uuid DEFAULT gen_random_uuid();
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN other uuid$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS token uuid DEFAULT gen_random_uuid();
