-- name: api_key_by_hash
-- params: '00000000-0000-4000-8000-000000000001', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
-- budget: 5 ms
-- The key names its tenant, so the session has taken it on before it asks; a key of another tenant gives no row.
SELECT id, scopes, rate_limit_override
FROM api_keys
WHERE tenant_id = $1
  AND key_hash = $2
  AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > now());
