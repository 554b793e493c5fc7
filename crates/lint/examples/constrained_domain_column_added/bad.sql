-- migration: 1_make_orders
CREATE DOMAIN amount AS numeric CONSTRAINT amount_not_negative CHECK (VALUE >= 0);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
-- migration: 2_price_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN price amount;
