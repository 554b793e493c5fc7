CREATE INDEX CONCURRENTLY idx_api_keys_expires_at ON api_keys (expires_at) WHERE expires_at > now();
