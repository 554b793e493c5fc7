-- case: A DO block has made the column NOT NULL before; in the twin it was another column.
-- fears: not-null-without-proof
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER note SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER note SET NOT NULL;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER total SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER note SET NOT NULL;
