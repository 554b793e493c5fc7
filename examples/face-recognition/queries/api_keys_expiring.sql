-- name: api_keys_expiring
-- params: '00000000-0000-4000-8000-000000000001', '30 days'
-- budget: 10 ms
-- Keys to warn about. The partial index says only "not revoked": an index predicate cannot know the time.
SELECT id, name, key_prefix, expires_at
FROM api_keys
WHERE tenant_id = $1
  AND revoked_at IS NULL
  AND expires_at < now() + $2::interval
ORDER BY expires_at;
