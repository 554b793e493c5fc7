SET LOCAL lock_timeout = '2s';

DROP TABLE consent_records;
