-- name: latest_checks
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '2026-03-01 00:00:00+00', 50
-- budget: 10 ms
-- The latest checks of a monitor since a time; the time keeps older partitions out.
SELECT checked_at, status, response_time, status_code, error_message
FROM monitor_checks
WHERE tenant_id = $1
  AND monitor_id = $2
  AND checked_at >= $3
ORDER BY checked_at DESC
LIMIT $4;
