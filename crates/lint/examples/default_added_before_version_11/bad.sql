-- option: majors 10,15
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 2_count_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN pieces bigint DEFAULT 1;
