-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pieces bigint NOT NULL DEFAULT 1,
    price numeric(12, 2) NOT NULL DEFAULT 0
);
-- migration: 2_check_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
    ADD CONSTRAINT orders_pieces_check CHECK (pieces > 0) NOT VALID,
    ADD CONSTRAINT orders_price_check CHECK (price >= 0) NOT VALID;
-- migration: 3_validate_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
    VALIDATE CONSTRAINT orders_pieces_check,
    VALIDATE CONSTRAINT orders_price_check;
