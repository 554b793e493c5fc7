-- case: IF NOT EXISTS finds the column with numbers of its own that code has added.
-- fears: self-numbering-column-added
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN number bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS number bigint GENERATED ALWAYS AS IDENTITY;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD COLUMN other bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS number bigint GENERATED ALWAYS AS IDENTITY;
