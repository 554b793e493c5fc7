-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pieces bigint NOT NULL DEFAULT 1
);
-- migration: 2_check_pieces
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_pieces_check CHECK (pieces > 0) NOT VALID;
-- migration: 3_validate_pieces
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_pieces_check;
