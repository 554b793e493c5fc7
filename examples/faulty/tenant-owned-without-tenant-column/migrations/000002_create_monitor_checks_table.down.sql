SET LOCAL lock_timeout = '2s';

DROP TABLE monitor_checks;
DROP TABLE monitors;
