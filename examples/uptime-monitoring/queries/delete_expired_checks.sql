-- name: delete_expired_checks
-- params: '00000000-0000-4000-8000-00000000000a', 1000
-- budget: 100 ms
-- One batch, as app_admin; call again until it returns 0. The archive is written before.
SELECT delete_expired_monitor_checks($1, $2);
