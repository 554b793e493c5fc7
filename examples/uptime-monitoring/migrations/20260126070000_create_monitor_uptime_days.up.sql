SET LOCAL lock_timeout = '2s';

CREATE TABLE monitor_uptime_days (
    id                uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id         uuid        NOT NULL,
    monitor_id        uuid        NOT NULL,
    day               date        NOT NULL,
    checks            integer     NOT NULL DEFAULT 0,
    checks_up         integer     NOT NULL DEFAULT 0,
    response_time_sum bigint      NOT NULL DEFAULT 0,
    response_time_max integer     NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT monitor_uptime_days_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT monitor_uptime_days_tenant_id_monitor_id_day_key UNIQUE (tenant_id, monitor_id, day),
    CONSTRAINT monitor_uptime_days_monitor_id_fkey FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id),
    CONSTRAINT monitor_uptime_days_checks_check CHECK (checks >= 0),
    CONSTRAINT monitor_uptime_days_checks_up_check CHECK (checks_up BETWEEN 0 AND checks),
    CONSTRAINT monitor_uptime_days_response_time_sum_check CHECK (response_time_sum >= 0),
    CONSTRAINT monitor_uptime_days_response_time_max_check CHECK (response_time_max >= 0)
);

CREATE TRIGGER monitor_uptime_days_touch_updated_at
    BEFORE UPDATE ON monitor_uptime_days
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

ALTER TABLE monitor_uptime_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_uptime_days FORCE ROW LEVEL SECURITY;
CREATE POLICY monitor_uptime_days_of_tenant ON monitor_uptime_days
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY monitor_uptime_days_of_tenant ON monitor_uptime_days IS 'A session sees and writes rows of its own tenant; without one, none.';

GRANT SELECT ON monitor_uptime_days TO app_reader;
GRANT SELECT, INSERT, UPDATE ON monitor_uptime_days TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_uptime_days TO app_admin;

-- Sums one day of the session's tenant. Writing a day again replaces it, so late checks cost one more call.
CREATE FUNCTION roll_up_monitor_uptime(wanted_day date) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    WITH written AS (
        INSERT INTO monitor_uptime_days (tenant_id, monitor_id, day, checks, checks_up, response_time_sum, response_time_max)
        SELECT tenant_id, monitor_id, wanted_day,
               count(*), count(*) FILTER (WHERE status = 'up'),
               coalesce(sum(response_time), 0), coalesce(max(response_time), 0)
        FROM monitor_checks
        WHERE tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)
          AND checked_at >= wanted_day::timestamp AT TIME ZONE 'UTC'
          AND checked_at < (wanted_day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY tenant_id, monitor_id
        ON CONFLICT (tenant_id, monitor_id, day) DO UPDATE
        SET checks = excluded.checks,
            checks_up = excluded.checks_up,
            response_time_sum = excluded.response_time_sum,
            response_time_max = excluded.response_time_max
        RETURNING 1
    )
    SELECT count(*) FROM written
$$;

REVOKE ALL ON FUNCTION roll_up_monitor_uptime(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION roll_up_monitor_uptime(date) TO app_writer;

COMMENT ON TABLE monitor_uptime_days IS 'Checks of a monitor summed by day (UTC): what the uptime pages read instead of the checks.';
COMMENT ON COLUMN monitor_uptime_days.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN monitor_uptime_days.tenant_id IS 'The tenant that the monitor belongs to.';
COMMENT ON COLUMN monitor_uptime_days.monitor_id IS 'The monitor.';
COMMENT ON COLUMN monitor_uptime_days.day IS 'The day in UTC.';
COMMENT ON COLUMN monitor_uptime_days.checks IS 'Checks made on that day.';
COMMENT ON COLUMN monitor_uptime_days.checks_up IS 'Those of them that found the monitor up.';
COMMENT ON COLUMN monitor_uptime_days.response_time_sum IS 'Sum of the response times in milliseconds.';
COMMENT ON COLUMN monitor_uptime_days.response_time_max IS 'The longest response time in milliseconds.';
COMMENT ON COLUMN monitor_uptime_days.created_at IS 'When the row was made.';
COMMENT ON COLUMN monitor_uptime_days.updated_at IS 'When the row was last changed.';
COMMENT ON FUNCTION roll_up_monitor_uptime(date) IS 'Sums a day of the session''s tenant into monitor_uptime_days; returns the number of monitors.';
