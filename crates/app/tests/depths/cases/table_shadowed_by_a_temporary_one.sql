-- case: The name means a temporary table that code has made.
-- fears: index-built-without-concurrently
-- depths: rehearsal
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
-- harmless:
DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE orders (day date)'; END $$;
CREATE INDEX by_day ON orders (day);
-- hazard:
DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE days (day date)'; END $$;
CREATE INDEX by_day ON orders (day);
