-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
-- migration: 2_shrink (no transaction)
SET lock_timeout = '3s';
VACUUM FULL orders;
RESET lock_timeout;
