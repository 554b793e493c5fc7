-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(10, 2) NOT NULL,
    CONSTRAINT orders_price_check CHECK (price >= 0)
);
-- migration: 2_widen_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN price TYPE numeric(14, 2);
