-- case: A type change builds the column's indexes again; a DO block has dropped the only one.
-- fears: indexes-rebuilt-by-type-change
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamp, day date);
CREATE INDEX orders_at_idx ON orders (at);
CREATE INDEX orders_day_idx ON orders (day);
-- harmless:
DO $$ BEGIN EXECUTE $q$DROP INDEX orders_at_idx$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
SET timezone = 'UTC';
ALTER TABLE orders ALTER at TYPE timestamptz;
-- hazard:
DO $$ BEGIN EXECUTE $q$DROP INDEX orders_day_idx$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
SET timezone = 'UTC';
ALTER TABLE orders ALTER at TYPE timestamptz;
