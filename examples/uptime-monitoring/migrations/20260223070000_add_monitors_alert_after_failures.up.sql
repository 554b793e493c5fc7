SET LOCAL lock_timeout = '2s';

-- A constant default is kept in the catalog: no row is touched. The check holds for new rows from now on; the next
-- migration validates it for the old ones, without blocking writers.
ALTER TABLE monitors ADD COLUMN alert_after_failures integer NOT NULL DEFAULT 2;
ALTER TABLE monitors ADD CONSTRAINT monitors_alert_after_failures_check
    CHECK (alert_after_failures BETWEEN 1 AND 20) NOT VALID;

COMMENT ON COLUMN monitors.alert_after_failures IS 'Failed checks in a row after which people are woken.';
