SET LOCAL lock_timeout = '2s';

CREATE TABLE verification_logs (
    id          uuid             NOT NULL DEFAULT gen_random_uuid(),
    tenant_id   uuid             NOT NULL,
    face_id     uuid,
    external_id text,
    verified    boolean          NOT NULL DEFAULT false,
    confidence  double precision NOT NULL DEFAULT 0,
    latency_ms  integer          NOT NULL DEFAULT 0,
    provider    text             NOT NULL DEFAULT 'internal',
    error_code  text,
    created_at  timestamptz      NOT NULL DEFAULT now(),
    updated_at  timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT verification_logs_pkey PRIMARY KEY (tenant_id, id, created_at),
    CONSTRAINT verification_logs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT verification_logs_face_id_fkey FOREIGN KEY (tenant_id, face_id) REFERENCES faces (tenant_id, id)
        ON DELETE SET NULL (face_id),
    CONSTRAINT verification_logs_confidence_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT verification_logs_latency_ms_check CHECK (latency_ms >= 0)
) PARTITION BY RANGE (created_at);

CREATE INDEX idx_verification_logs_tenant_id_external_id_created_at ON verification_logs (tenant_id, external_id, created_at);
CREATE INDEX idx_verification_logs_tenant_id_face_id ON verification_logs (tenant_id, face_id);
CREATE INDEX idx_verification_logs_created_at ON verification_logs USING brin (created_at);

ALTER TABLE verification_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE verification_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY verification_logs_of_tenant ON verification_logs
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

-- Append-only for the application; app_admin may blank a person on request.
GRANT SELECT ON verification_logs TO app_reader;
GRANT SELECT, INSERT ON verification_logs TO app_writer;
GRANT SELECT, UPDATE (external_id, updated_at) ON verification_logs TO app_admin;

COMMENT ON TABLE verification_logs IS 'One row for each verification or identification; append-only, one partition a month.';
COMMENT ON COLUMN verification_logs.id IS 'Key, together with the tenant and created_at.';
COMMENT ON COLUMN verification_logs.tenant_id IS 'The tenant that asked.';
COMMENT ON COLUMN verification_logs.face_id IS 'The face compared with; null when none was found or it was erased.';
COMMENT ON COLUMN verification_logs.external_id IS 'The tenant''s id of the person; null for 1:N without a hit, and after erasure.';
COMMENT ON COLUMN verification_logs.verified IS 'True when the face was accepted.';
COMMENT ON COLUMN verification_logs.confidence IS 'Similarity, 0 to 1.';
COMMENT ON COLUMN verification_logs.latency_ms IS 'Milliseconds from request to answer.';
COMMENT ON COLUMN verification_logs.provider IS 'Which engine compared.';
COMMENT ON COLUMN verification_logs.error_code IS 'Why there was no answer; null when there was one.';
COMMENT ON COLUMN verification_logs.created_at IS 'When it happened; decides the partition.';
COMMENT ON COLUMN verification_logs.updated_at IS 'Equals created_at unless a person was erased from the row.';
COMMENT ON POLICY verification_logs_of_tenant ON verification_logs IS 'A session sees and writes rows of its own tenant; without one, none.';

-- Makes the partition of one month if it is missing. It is built apart and then attached, so that writers of the
-- other months never wait for more than SHARE UPDATE EXCLUSIVE. The policy is repeated, because those of the parent
-- do not protect a partition that is read by its own name; no role is granted anything on partitions either.
CREATE FUNCTION create_verification_logs_partition(month date) RETURNS text
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    next_first_day date := (date_trunc('month', month) + interval '1 month')::date;
    partition_name text := 'verification_logs_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass(format('public.%I', partition_name)) IS NOT NULL THEN
        RETURN partition_name;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE verification_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)', partition_name);
    EXECUTE format('CREATE INDEX %I ON %I (tenant_id, external_id, created_at)',
                   'idx_' || partition_name || '_tenant_id_external_id_created_at', partition_name);
    EXECUTE format('CREATE INDEX %I ON %I (tenant_id, face_id)', 'idx_' || partition_name || '_tenant_id_face_id', partition_name);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (created_at)', 'idx_' || partition_name || '_created_at', partition_name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition_name);
    EXECUTE format(
        'CREATE POLICY %I ON %I FOR ALL TO app_reader, app_writer, app_admin '
        'USING (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid)) '
        'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
        partition_name || '_of_tenant', partition_name);
    EXECUTE format('COMMENT ON TABLE %I IS %L', partition_name, 'Verification logs of ' || to_char(first_day, 'YYYY-MM') || ' (UTC).');
    EXECUTE format('ALTER TABLE verification_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, first_day::timestamptz, next_first_day::timestamptz);
    RETURN partition_name;
END
$$;

-- Makes this month's partition and those of the coming months; a job calls it every day.
CREATE FUNCTION create_coming_verification_logs_partitions(months_ahead integer DEFAULT 3) RETURNS SETOF text
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT create_verification_logs_partition((date_trunc('month', now()) + n * interval '1 month')::date)
    FROM generate_series(0, months_ahead) AS n
$$;

-- Partitions that end before `keep_from`: to be archived, detached concurrently and dropped by the retention job.
CREATE FUNCTION expired_verification_logs_partitions(keep_from timestamptz) RETURNS TABLE (partition_name text, ends_at timestamptz)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT p.relname::text, p.ends_at
    FROM (
        SELECT c.relname,
               substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz AS ends_at
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.verification_logs'::regclass
    ) AS p
    WHERE p.ends_at <= keep_from
    ORDER BY p.ends_at
$$;

REVOKE ALL ON FUNCTION create_verification_logs_partition(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION create_coming_verification_logs_partitions(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION expired_verification_logs_partitions(timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION create_verification_logs_partition(date) IS 'Makes the partition of the month that holds the date, with indexes and row security, if it is missing.';
COMMENT ON FUNCTION create_coming_verification_logs_partitions(integer) IS 'Makes the partitions of this month and of the given number of months after it.';
COMMENT ON FUNCTION expired_verification_logs_partitions(timestamptz) IS 'Lists the partitions that hold nothing younger than the given time.';

-- The first half-year, with fixed names: what a migration makes must not depend on the day that it runs.
SELECT create_verification_logs_partition('2026-01-01');
SELECT create_verification_logs_partition('2026-02-01');
SELECT create_verification_logs_partition('2026-03-01');
SELECT create_verification_logs_partition('2026-04-01');
SELECT create_verification_logs_partition('2026-05-01');
SELECT create_verification_logs_partition('2026-06-01');
