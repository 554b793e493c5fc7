-- option: rows orders 20
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_demand_references
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CHECK (reference <> '');
