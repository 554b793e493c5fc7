-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 2_add_gross_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN gross numeric;
-- migration: 3_fill_gross_prices
SET LOCAL lock_timeout = '3s';
UPDATE orders SET gross = price * 1.2;
