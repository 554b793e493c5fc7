-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    amount numeric NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_make_references_unique
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_reference_key UNIQUE (reference);
