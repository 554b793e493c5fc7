-- name: roll_up_day
-- params: '2026-03-01'
-- budget: 2 s
-- Once a day for each tenant, after midnight UTC.
SELECT roll_up_monitor_uptime($1);
