-- name: uptime_by_day
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '2026-01-01', '2026-04-01'
-- budget: 10 ms
-- Ninety days of one monitor: at most ninety rows of the roll-up.
SELECT day, 100.0 * checks_up / nullif(checks, 0) AS uptime_percent, response_time_max
FROM monitor_uptime_days
WHERE tenant_id = $1
  AND monitor_id = $2
  AND day >= $3
  AND day < $4
ORDER BY day;
