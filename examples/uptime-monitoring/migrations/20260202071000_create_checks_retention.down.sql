DROP FUNCTION expired_monitor_checks_partitions();
DROP FUNCTION delete_expired_monitor_checks(uuid, integer);
