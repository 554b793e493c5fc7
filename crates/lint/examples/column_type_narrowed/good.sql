-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric(14, 4) NOT NULL
);
-- migration: 2_refuse_fine_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price = round(price, 2)) NOT VALID;
-- migration: 3_validate_prices
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_price_check;
