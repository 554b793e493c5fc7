SET LOCAL lock_timeout = '2s';

DROP FUNCTION create_coming_monitor_checks_partitions(integer);
DROP FUNCTION create_monitor_checks_partition(date);
DROP TABLE monitor_checks;
