-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_index_orders
SET LOCAL lock_timeout = '3s';
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
