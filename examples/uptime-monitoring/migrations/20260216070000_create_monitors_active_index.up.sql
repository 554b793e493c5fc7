-- no-transaction
CREATE INDEX CONCURRENTLY idx_monitors_tenant_id_check_interval ON monitors (tenant_id, check_interval) WHERE is_active AND deleted_at IS NULL;
