-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_build_the_index_of_the_key_again (no transaction)
SET lock_timeout = '3s';
DROP INDEX CONCURRENTLY IF EXISTS public.orders_id_idx;
CREATE UNIQUE INDEX CONCURRENTLY orders_id_idx ON orders (id);
ALTER TABLE orders
    DROP CONSTRAINT orders_pkey,
    ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_id_idx;
RESET lock_timeout;
