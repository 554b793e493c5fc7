SET LOCAL lock_timeout = '2s';

ALTER TABLE monitors DROP CONSTRAINT monitors_alert_after_failures_check;
ALTER TABLE monitors ADD CONSTRAINT monitors_alert_after_failures_check
    CHECK (alert_after_failures BETWEEN 1 AND 20) NOT VALID;
