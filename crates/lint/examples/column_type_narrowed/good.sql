-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pieces bigint NOT NULL
);
-- migration: 2_refuse_great_orders
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_pieces_check CHECK (pieces BETWEEN 0 AND 1000000) NOT VALID;
-- migration: 3_validate_pieces
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_pieces_check;
