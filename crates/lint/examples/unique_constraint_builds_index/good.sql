-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    amount numeric NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_make_references_unique (no transaction)
SET lock_timeout = '3s';
DROP INDEX CONCURRENTLY IF EXISTS public.orders_reference_key;
CREATE UNIQUE INDEX CONCURRENTLY orders_reference_key ON orders (reference);
ALTER TABLE orders ADD CONSTRAINT orders_reference_key UNIQUE USING INDEX orders_reference_key;
RESET lock_timeout;
