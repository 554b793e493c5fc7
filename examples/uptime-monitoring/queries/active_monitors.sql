-- name: active_monitors
-- params: '00000000-0000-4000-8000-000000000001', 60
-- budget: 10 ms
-- What a probe that serves one interval has to check for a tenant.
SELECT id, url, alert_after_failures
FROM monitors
WHERE tenant_id = $1
  AND check_interval = $2
  AND is_active
  AND deleted_at IS NULL;
