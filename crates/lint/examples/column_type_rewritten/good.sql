-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(10, 2) NOT NULL,
    amount integer NOT NULL
);
-- migration: 2_widen_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN price TYPE numeric(14, 2);
-- migration: 3_add_wide_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN wide_amount bigint;
