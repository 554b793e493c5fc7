SET LOCAL lock_timeout = '2s';

CREATE TABLE api_keys (
    id                  uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id           uuid        NOT NULL,
    name                text        NOT NULL,
    key_prefix          text        NOT NULL,
    key_hash            text        NOT NULL,
    scopes              text[]      NOT NULL DEFAULT '{}',
    rate_limit_override integer,
    last_used_at        timestamptz,
    expires_at          timestamptz,
    revoked_at          timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_keys_tenant_id_key_hash_key UNIQUE (tenant_id, key_hash),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT api_keys_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_keys_key_prefix_check CHECK (char_length(key_prefix) BETWEEN 4 AND 16),
    CONSTRAINT api_keys_key_hash_check CHECK (char_length(key_hash) = 64),
    CONSTRAINT api_keys_scopes_check CHECK (scopes <@ ARRAY['faces:write', 'faces:verify', 'faces:identify', 'admin']),
    CONSTRAINT api_keys_rate_limit_override_check CHECK (rate_limit_override > 0)
);

CREATE TRIGGER api_keys_touch_updated_at
    BEFORE UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE api_keys IS 'Keys with which a tenant''s programs call the service. The key itself is never stored.';
COMMENT ON COLUMN api_keys.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN api_keys.tenant_id IS 'The tenant; also written into the key, so that a session knows its tenant before the look-up.';
COMMENT ON COLUMN api_keys.name IS 'What the tenant calls the key.';
COMMENT ON COLUMN api_keys.key_prefix IS 'First characters of the key, to tell keys apart in a list.';
COMMENT ON COLUMN api_keys.key_hash IS 'SHA-256 of the key in hex.';
COMMENT ON COLUMN api_keys.scopes IS 'What the key may do.';
COMMENT ON COLUMN api_keys.rate_limit_override IS 'Requests a minute, where they differ from the plan''s.';
COMMENT ON COLUMN api_keys.last_used_at IS 'Last use, written at most once a minute.';
COMMENT ON COLUMN api_keys.expires_at IS 'End of validity; null means none.';
COMMENT ON COLUMN api_keys.revoked_at IS 'When the key was taken back; null means it was not.';
COMMENT ON COLUMN api_keys.created_at IS 'When the row was made.';
COMMENT ON COLUMN api_keys.updated_at IS 'When the row was last changed.';
