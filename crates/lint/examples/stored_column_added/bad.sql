-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 2_tax_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (price * 1.2) STORED;
