-- case: A DO block has given both sides of a reference one type.
-- fears: foreign-key-type-differs
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop_id int, day_id int);
CREATE INDEX ON orders (shop_id);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER shop_id TYPE bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops NOT VALID;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ALTER day_id TYPE bigint$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops NOT VALID;
