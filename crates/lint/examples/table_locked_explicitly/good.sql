-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
-- migration: 2_lock
SET LOCAL lock_timeout = '3s';
LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE;
SELECT id FROM orders WHERE id = 7 FOR UPDATE;
