-- case: CASCADE takes a view along that only the text believes in.
-- fears: drop-cascades
-- says: column-dropped up-loses-data
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date);
CREATE VIEW days AS SELECT day FROM orders;
CREATE VIEW ids AS SELECT id FROM orders;
-- harmless:
DO $$ BEGIN EXECUTE $q$DROP VIEW days$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders DROP COLUMN day CASCADE;
-- hazard:
DO $$ BEGIN EXECUTE $q$DROP VIEW ids$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders DROP COLUMN day CASCADE;
