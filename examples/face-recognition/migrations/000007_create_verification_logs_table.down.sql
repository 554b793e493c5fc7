SET LOCAL lock_timeout = '2s';

DROP FUNCTION expired_verification_logs_partitions(timestamptz);
DROP FUNCTION create_coming_verification_logs_partitions(integer);
DROP FUNCTION create_verification_logs_partition(date);
DROP TABLE verification_logs;
