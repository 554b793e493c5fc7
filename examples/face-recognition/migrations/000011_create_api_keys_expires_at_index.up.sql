CREATE INDEX CONCURRENTLY idx_api_keys_tenant_id_expires_at ON api_keys (tenant_id, expires_at) WHERE revoked_at IS NULL;
