-- Deletes up to `batch` expired checks of one monitor of the session's tenant, oldest first, along the primary key.
CREATE FUNCTION delete_expired_monitor_checks(wanted_monitor_id uuid, batch integer) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    WITH term AS (
        SELECT t.id AS tenant_id, now() - r.check_days * interval '1 day' AS keep_from
        FROM tenants t
        JOIN plan_retentions r ON r.plan = t.plan
        WHERE t.id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)
    ), expired AS (
        SELECT c.tenant_id, c.monitor_id, c.checked_at, c.id
        FROM monitor_checks c
        WHERE c.tenant_id = (SELECT tenant_id FROM term)
          AND c.monitor_id = wanted_monitor_id
          AND c.checked_at < (SELECT keep_from FROM term)
        ORDER BY c.checked_at
        LIMIT batch
    ), deleted AS (
        DELETE FROM monitor_checks c
        USING expired e
        WHERE (c.tenant_id, c.monitor_id, c.checked_at, c.id) = (e.tenant_id, e.monitor_id, e.checked_at, e.id)
        RETURNING 1
    )
    SELECT count(*) FROM deleted
$$;

-- Partitions that even the longest plan no longer needs: to be archived, detached concurrently and dropped.
CREATE FUNCTION expired_monitor_checks_partitions() RETURNS TABLE (partition_name text, ends_at timestamptz)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT p.relname::text, p.ends_at
    FROM (
        SELECT c.relname,
               substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz AS ends_at
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.monitor_checks'::regclass
    ) AS p
    WHERE p.ends_at <= now() - (SELECT max(check_days) FROM plan_retentions) * interval '1 day'
    ORDER BY p.ends_at
$$;

REVOKE ALL ON FUNCTION delete_expired_monitor_checks(uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION expired_monitor_checks_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delete_expired_monitor_checks(uuid, integer) TO app_admin;

COMMENT ON FUNCTION delete_expired_monitor_checks(uuid, integer) IS 'Deletes a batch of a monitor''s checks that the tenant''s plan no longer keeps; returns how many.';
COMMENT ON FUNCTION expired_monitor_checks_partitions() IS 'Lists the partitions that hold nothing that any plan keeps.';
