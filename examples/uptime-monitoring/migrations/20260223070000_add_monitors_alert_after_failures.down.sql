SET LOCAL lock_timeout = '2s';

ALTER TABLE monitors DROP COLUMN alert_after_failures;
