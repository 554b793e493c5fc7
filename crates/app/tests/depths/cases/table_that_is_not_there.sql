-- case: IF EXISTS finds nothing where a DO block has dropped the table; in the twin it dropped another one.
-- fears: not-null-without-proof
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
CREATE TABLE other (id bigint PRIMARY KEY);
-- harmless:
DO $$ BEGIN EXECUTE $q$DROP TABLE orders$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE IF EXISTS orders ALTER note SET NOT NULL;
-- hazard:
DO $$ BEGIN EXECUTE $q$DROP TABLE other$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE IF EXISTS orders ALTER note SET NOT NULL;
