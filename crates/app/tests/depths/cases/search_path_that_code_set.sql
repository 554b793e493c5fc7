-- case: The name means a table of another schema, which is new.
-- fears: index-built-without-concurrently
-- depths: rehearsal
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE SCHEMA fresh;
CREATE TABLE fresh.orders (id bigint PRIMARY KEY, day date);
-- harmless:
DO $$ BEGIN PERFORM set_config('search_path', 'fresh, public', true); END $$;
CREATE INDEX by_day ON orders (day);
-- hazard:
DO $$ BEGIN PERFORM set_config('search_path', 'public, fresh', true); END $$;
CREATE INDEX by_day ON orders (day);
