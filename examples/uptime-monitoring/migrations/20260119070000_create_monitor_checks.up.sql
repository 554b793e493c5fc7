SET LOCAL lock_timeout = '2s';

-- The tenant stands in every row, although the monitor would tell it: the policy stays simple and the key leads with
-- it. The primary key is also the index of the foreign key and of "latest checks of a monitor": one index to write.
CREATE TABLE monitor_checks (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id     uuid        NOT NULL,
    monitor_id    uuid        NOT NULL,
    status        text        NOT NULL,
    response_time integer,
    status_code   smallint,
    error_message text,
    checked_at    timestamptz NOT NULL DEFAULT now(),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT monitor_checks_pkey PRIMARY KEY (tenant_id, monitor_id, checked_at, id),
    CONSTRAINT monitor_checks_monitor_id_fkey FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id),
    CONSTRAINT monitor_checks_status_check CHECK (status IN ('up', 'down', 'error')),
    CONSTRAINT monitor_checks_response_time_check CHECK (response_time >= 0),
    CONSTRAINT monitor_checks_status_code_check CHECK (status_code BETWEEN 100 AND 599)
) PARTITION BY RANGE (checked_at);

CREATE INDEX idx_monitor_checks_checked_at ON monitor_checks USING brin (checked_at);

ALTER TABLE monitor_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY monitor_checks_of_tenant ON monitor_checks
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY monitor_checks_of_tenant ON monitor_checks IS 'A session sees and writes rows of its own tenant; without one, none.';

-- Append-only for the application; what has expired is deleted by app_admin.
GRANT SELECT ON monitor_checks TO app_reader;
GRANT SELECT, INSERT ON monitor_checks TO app_writer;
GRANT SELECT, DELETE ON monitor_checks TO app_admin;

COMMENT ON TABLE monitor_checks IS 'One row for each check of a monitor; append-only, one partition a month.';
COMMENT ON COLUMN monitor_checks.id IS 'Key, together with the tenant, the monitor and the time.';
COMMENT ON COLUMN monitor_checks.tenant_id IS 'The tenant that the monitor belongs to.';
COMMENT ON COLUMN monitor_checks.monitor_id IS 'The monitor that was checked.';
COMMENT ON COLUMN monitor_checks.status IS 'up: answered as wished; down: answered otherwise or not at all; error: the check itself failed.';
COMMENT ON COLUMN monitor_checks.response_time IS 'Milliseconds to the answer; null without one.';
COMMENT ON COLUMN monitor_checks.status_code IS 'HTTP status; null without an answer.';
COMMENT ON COLUMN monitor_checks.error_message IS 'What went wrong; null when nothing did.';
COMMENT ON COLUMN monitor_checks.checked_at IS 'When the check was made; decides the partition.';
COMMENT ON COLUMN monitor_checks.created_at IS 'When the row arrived; probes send in batches.';
COMMENT ON COLUMN monitor_checks.updated_at IS 'Equals created_at: rows never change.';

-- Makes the partition of one month if it is missing. It is built apart and then attached, so that probes that write
-- into the other months never wait for more than SHARE UPDATE EXCLUSIVE. The policy is repeated, because those of the
-- parent do not protect a partition that is read by its own name; no role is granted anything on partitions either.
CREATE FUNCTION create_monitor_checks_partition(month date) RETURNS text
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    next_first_day date := (date_trunc('month', month) + interval '1 month')::date;
    partition_name text := 'monitor_checks_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass(format('public.%I', partition_name)) IS NOT NULL THEN
        RETURN partition_name;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE monitor_checks INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)', partition_name);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (checked_at)', 'idx_' || partition_name || '_checked_at', partition_name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition_name);
    EXECUTE format(
        'CREATE POLICY %I ON %I FOR ALL TO app_reader, app_writer, app_admin '
        'USING (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid)) '
        'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
        partition_name || '_of_tenant', partition_name);
    EXECUTE format('COMMENT ON TABLE %I IS %L', partition_name, 'Checks of ' || to_char(first_day, 'YYYY-MM') || ' (UTC).');
    EXECUTE format('ALTER TABLE monitor_checks ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, first_day::timestamptz, next_first_day::timestamptz);
    RETURN partition_name;
END
$$;

-- Makes this month's partition and those of the coming months; a job calls it every day.
CREATE FUNCTION create_coming_monitor_checks_partitions(months_ahead integer DEFAULT 2) RETURNS SETOF text
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT create_monitor_checks_partition((date_trunc('month', now()) + n * interval '1 month')::date)
    FROM generate_series(0, months_ahead) AS n
$$;

REVOKE ALL ON FUNCTION create_monitor_checks_partition(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION create_coming_monitor_checks_partitions(integer) FROM PUBLIC;

COMMENT ON FUNCTION create_monitor_checks_partition(date) IS 'Makes the partition of the month that holds the date, with indexes and row security, if it is missing.';
COMMENT ON FUNCTION create_coming_monitor_checks_partitions(integer) IS 'Makes the partitions of this month and of the given number of months after it.';

-- Fixed names: what a migration makes must not depend on the day that it runs.
SELECT create_monitor_checks_partition('2026-01-01');
SELECT create_monitor_checks_partition('2026-02-01');
SELECT create_monitor_checks_partition('2026-03-01');
SELECT create_monitor_checks_partition('2026-04-01');
