-- case: A primary key by an index that is there reads the rows for NULLs, unless the column is NOT NULL already.
-- fears: key-on-nullable-column
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint, code text);
CREATE UNIQUE INDEX orders_id ON orders (id);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER id SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_id;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER code SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_id;
