-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY idx_orders_tenant_id_placed_at_id ON orders (tenant_id, placed_at, id) WHERE status IN ('placed', 'paid');

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS idx_orders_tenant_id_placed_at_id;
