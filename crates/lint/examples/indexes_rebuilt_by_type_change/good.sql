-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(10, 2) NOT NULL,
    CONSTRAINT orders_price_check CHECK (price >= 0)
);
CREATE INDEX orders_price_idx ON orders (price);
-- migration: 2_widen_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders DROP CONSTRAINT orders_price_check, ALTER COLUMN price TYPE numeric(14, 2);
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price >= 0) NOT VALID;
-- migration: 3_validate_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_price_check;
