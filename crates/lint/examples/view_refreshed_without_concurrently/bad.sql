-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
CREATE MATERIALIZED VIEW order_days AS
    SELECT placed_at::date AS day, count(*) AS orders FROM orders GROUP BY 1;
CREATE UNIQUE INDEX order_days_day_idx ON order_days (day);
-- migration: 2_refresh
SET LOCAL lock_timeout = '3s';
REFRESH MATERIALIZED VIEW order_days;
