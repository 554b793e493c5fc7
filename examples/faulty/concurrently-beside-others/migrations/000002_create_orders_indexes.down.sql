DROP INDEX idx_orders_status;
DROP INDEX idx_orders_reference;
