-- migration: 0_make_customers
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_add_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
    ADD COLUMN amount numeric,
    ADD CONSTRAINT orders_amount_check CHECK (amount >= 0) NOT VALID;
-- migration: 3_validate_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_check;
-- migration: 4_tie_orders_to_customers
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN customer_id bigint CONSTRAINT orders_customer_id_fkey REFERENCES customers (id);
-- migration: 5_index_customers_of_orders (no transaction)
SET lock_timeout = '3s';
DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer_id_idx;
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id);
RESET lock_timeout;
