-- name: record_check
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'up', 184, 200, NULL, '2026-03-01 12:00:00+00'
-- budget: 5 ms
INSERT INTO monitor_checks (tenant_id, monitor_id, status, response_time, status_code, error_message, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);
