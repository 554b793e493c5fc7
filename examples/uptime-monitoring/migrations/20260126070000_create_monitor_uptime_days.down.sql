SET LOCAL lock_timeout = '2s';

DROP FUNCTION roll_up_monitor_uptime(date);
DROP TABLE monitor_uptime_days;
