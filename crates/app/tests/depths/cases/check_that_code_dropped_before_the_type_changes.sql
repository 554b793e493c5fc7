-- case: A type change holds all rows against the CHECKs of the column.
-- fears: indexes-rebuilt-by-type-change
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code varchar(10) CONSTRAINT coded CHECK (code <> ''), day date CONSTRAINT dated CHECK (day > '2000-01-01'));
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders DROP CONSTRAINT coded$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER code TYPE varchar(20);
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders DROP CONSTRAINT dated$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER code TYPE varchar(20);
