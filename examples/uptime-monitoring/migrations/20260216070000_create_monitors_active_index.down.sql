-- no-transaction
DROP INDEX CONCURRENTLY idx_monitors_tenant_id_check_interval;
