-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 2_name_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN reference uuid DEFAULT gen_random_uuid();
