-- case: Which table an index belongs to decides whether its lock matters; the DO block made it on one of two.
-- fears: index-dropped-without-concurrently
-- option: rows orders 5000000
-- option: rows countries 200
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date);
CREATE TABLE countries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$CREATE INDEX by_day ON countries (day)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
DROP INDEX by_day;
-- hazard:
DO $$ BEGIN EXECUTE $q$CREATE INDEX by_day ON orders (day)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
DROP INDEX by_day;
