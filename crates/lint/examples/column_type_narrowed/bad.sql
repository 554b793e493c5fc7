-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(14, 4) NOT NULL
);
-- migration: 2_round_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN price TYPE numeric(14, 2);
