-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pieces bigint NOT NULL
);
-- migration: 2_narrow_pieces
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN pieces TYPE integer;
