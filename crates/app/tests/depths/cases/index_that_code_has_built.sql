-- case: IF NOT EXISTS finds the index that a DO block built; in the twin that one has another name.
-- fears: index-built-without-concurrently
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$CREATE INDEX orders_day_idx ON orders (day)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX IF NOT EXISTS orders_day_idx ON orders (day);
-- hazard:
DO $$ BEGIN EXECUTE $q$CREATE INDEX orders_by_day ON orders (total)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX IF NOT EXISTS orders_day_idx ON orders (day);
