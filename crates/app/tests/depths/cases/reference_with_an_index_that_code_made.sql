-- case: The rows that refer to one are found by an index that a DO block made.
-- fears: foreign-key-without-index
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop_id bigint, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$CREATE INDEX ON orders (shop_id)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops NOT VALID;
-- hazard:
DO $$ BEGIN EXECUTE $q$CREATE INDEX ON orders (day)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops NOT VALID;
