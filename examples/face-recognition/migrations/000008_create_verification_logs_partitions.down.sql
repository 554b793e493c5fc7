SET LOCAL lock_timeout = '2s';

DROP TABLE
    verification_logs_2026_01,
    verification_logs_2026_02,
    verification_logs_2026_03,
    verification_logs_2026_04,
    verification_logs_2026_05,
    verification_logs_2026_06;
DROP FUNCTION expired_verification_logs_partitions(timestamptz);
DROP FUNCTION create_coming_verification_logs_partitions(integer);
DROP FUNCTION create_verification_logs_partition(date);
