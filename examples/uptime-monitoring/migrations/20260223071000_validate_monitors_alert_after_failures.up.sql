SET LOCAL lock_timeout = '2s';

ALTER TABLE monitors VALIDATE CONSTRAINT monitors_alert_after_failures_check;
