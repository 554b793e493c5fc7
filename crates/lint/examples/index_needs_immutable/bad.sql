CREATE TABLE api_keys (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_hash   text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX idx_api_keys_live ON api_keys (key_hash) WHERE expires_at > now();
