SET LOCAL lock_timeout = '2s';

CREATE INDEX idx_orders_status ON orders (status);
