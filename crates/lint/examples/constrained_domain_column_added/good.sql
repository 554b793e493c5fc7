-- migration: 1_make_orders
CREATE DOMAIN amount AS numeric;
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
-- migration: 2_price_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
    ADD COLUMN price amount,
    ADD CONSTRAINT orders_price_check CHECK (price >= 0) NOT VALID;
-- migration: 3_validate_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_price_check;
