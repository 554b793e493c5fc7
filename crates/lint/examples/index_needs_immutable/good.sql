CREATE TABLE api_keys (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_hash   text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX idx_api_keys_live ON api_keys (key_hash, expires_at) WHERE revoked_at IS NULL;
CREATE INDEX idx_api_keys_expiry_day ON api_keys (((expires_at AT TIME ZONE 'UTC')::date));
