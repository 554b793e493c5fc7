CREATE INDEX CONCURRENTLY idx_orders_reference ON orders (reference);
CREATE INDEX CONCURRENTLY idx_orders_status ON orders (status);
