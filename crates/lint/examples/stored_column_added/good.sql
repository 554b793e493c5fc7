-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL,
    gross numeric GENERATED ALWAYS AS (price * 1.2) STORED
);
-- migration: 2_search_orders_by_net_price (no transaction)
SET lock_timeout = '3s';
DROP INDEX CONCURRENTLY IF EXISTS public.orders_net_idx;
CREATE INDEX CONCURRENTLY orders_net_idx ON orders ((price * 0.8));
RESET lock_timeout;
