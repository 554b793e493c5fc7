CREATE SCHEMA {schema};
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
GRANT USAGE ON SCHEMA {schema} TO {readers};
COMMENT ON SCHEMA {schema} IS 'The audit trail: who changed what.';

CREATE SEQUENCE {schema}.audit_log_id_seq AS bigint;
REVOKE ALL ON SEQUENCE {schema}.audit_log_id_seq FROM PUBLIC;

CREATE TABLE {schema}.audit_log (
    {column}     {kind}      NOT NULL,
    at           timestamptz NOT NULL,
    id           bigint      NOT NULL,
    xid          xid8        NOT NULL,
    table_name   text        NOT NULL,
    row_key      jsonb       NOT NULL,
    action       text        NOT NULL,
    old_values   jsonb,
    new_values   jsonb,
    acting_user  text,
    request      text,
    ip           inet,
    acting_role  text        NOT NULL,
    salt         bytea,
    values_sum   bytea       NOT NULL,
    erased_at    timestamptz,
    CONSTRAINT audit_log_pkey PRIMARY KEY ({column}, at, id),
    CONSTRAINT audit_log_action_check CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
) PARTITION BY RANGE (at);
CREATE INDEX audit_log_object ON {schema}.audit_log ({column}, table_name, row_key, at, id);
CREATE INDEX audit_log_actor ON {schema}.audit_log ({column}, acting_user, at, id) WHERE acting_user IS NOT NULL;
COMMENT ON TABLE {schema}.audit_log IS 'Every change of a watched table. Written by a trigger alone, never changed; only the values of a person who asked to be forgotten are blanked.';
COMMENT ON COLUMN {schema}.audit_log.{column} IS 'The tenant whose row was changed.';
COMMENT ON COLUMN {schema}.audit_log.at IS 'When the transaction began that made the change; decides the partition.';
COMMENT ON COLUMN {schema}.audit_log.id IS 'Tells the changes of a transaction apart, in their order.';
COMMENT ON COLUMN {schema}.audit_log.xid IS 'The transaction that made the change.';
COMMENT ON COLUMN {schema}.audit_log.table_name IS 'The table that was changed.';
COMMENT ON COLUMN {schema}.audit_log.row_key IS 'Primary key of the row, as it was before the change.';
COMMENT ON COLUMN {schema}.audit_log.action IS 'What was done.';
COMMENT ON COLUMN {schema}.audit_log.old_values IS 'What the changed columns held before; null for INSERT and after erasure.';
COMMENT ON COLUMN {schema}.audit_log.new_values IS 'What the changed columns hold since; null for DELETE and after erasure.';
COMMENT ON COLUMN {schema}.audit_log.acting_user IS 'The person, key or job behind the change, as the application said.';
COMMENT ON COLUMN {schema}.audit_log.request IS 'The request within which it was made, as the application said.';
COMMENT ON COLUMN {schema}.audit_log.ip IS 'Where that came from, as the application said.';
COMMENT ON COLUMN {schema}.audit_log.acting_role IS 'The role that was logged in.';
COMMENT ON COLUMN {schema}.audit_log.salt IS 'Keeps the sum of the values from being guessed; null after erasure.';
COMMENT ON COLUMN {schema}.audit_log.values_sum IS 'SHA-256 of salt and values: the chain holds it, so that values can be erased without breaking the chain.';
COMMENT ON COLUMN {schema}.audit_log.erased_at IS 'When the values were erased; null means that they were not.';

CREATE TABLE {schema}.audit_chain (
    {column}  {kind}      NOT NULL,
    seq       bigint      NOT NULL,
    at        timestamptz NOT NULL,
    xid       xid8        NOT NULL,
    entries   bigint      NOT NULL,
    first_id  bigint      NOT NULL,
    last_id   bigint      NOT NULL,
    digest    bytea       NOT NULL,
    previous  bytea       NOT NULL,
    hash      bytea       NOT NULL,
    CONSTRAINT audit_chain_pkey PRIMARY KEY ({column}, seq)
);
COMMENT ON TABLE {schema}.audit_chain IS 'One link for each transaction that changed rows of a tenant, in the order of their commits.';

CREATE TABLE {schema}.audit_heads (
    {column}  {kind}  NOT NULL,
    seq       bigint  NOT NULL,
    hash      bytea   NOT NULL,
    xid       xid8    NOT NULL,
    last_id   bigint  NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY ({column})
) WITH (fillfactor = 50);
COMMENT ON TABLE {schema}.audit_heads IS 'The last link of each tenant; locked from a transaction''s sealing to its end, so that links stand in the order of commits.';

-- Rows live no longer than the transaction that writes them: nothing is lost with a crash.
CREATE UNLOGGED TABLE {schema}.audit_open (
    xid       xid8    NOT NULL,
    {column}  {kind}  NOT NULL,
    CONSTRAINT audit_open_pkey PRIMARY KEY (xid, {column})
);
COMMENT ON TABLE {schema}.audit_open IS 'Tenants of whom a transaction has written entries that are not in the chain yet.';

REVOKE ALL ON {schema}.audit_log, {schema}.audit_chain, {schema}.audit_heads, {schema}.audit_open FROM PUBLIC;
GRANT SELECT ON {schema}.audit_log, {schema}.audit_chain, {schema}.audit_heads TO {readers};

DO $protect$
DECLARE
    held text;
BEGIN
    FOREACH held IN ARRAY ARRAY['audit_log', 'audit_chain', 'audit_heads', 'audit_open'] LOOP
        EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', held);
        EXECUTE format('ALTER TABLE {schema}.%I FORCE ROW LEVEL SECURITY', held);
        EXECUTE format('CREATE POLICY %I ON {schema}.%I FOR SELECT TO %s USING (%s)', held || '_read', held, {readers_text}, {condition_text});
        -- The functions below run as the owner, whom forced row security holds as well.
        EXECUTE format('CREATE POLICY %I ON {schema}.%I TO CURRENT_USER USING (true) WITH CHECK (true)', held || '_keep', held);
    END LOOP;
END
$protect$;

-- The policies of the parent do not protect a partition that is read by its own name; no role is granted anything on one.
CREATE FUNCTION {schema}.protect_partition(partition_name name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON {schema}.%I FROM PUBLIC', partition_name);
    EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('ALTER TABLE {schema}.%I FORCE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('CREATE POLICY %I ON {schema}.%I FOR SELECT TO %s USING (%s)', partition_name || '_read', partition_name, {readers_text}, {condition_text});
    EXECUTE format('CREATE POLICY %I ON {schema}.%I TO CURRENT_USER USING (true) WITH CHECK (true)', partition_name || '_keep', partition_name);
END
$$;
REVOKE ALL ON FUNCTION {schema}.protect_partition(name) FROM PUBLIC;

CREATE TABLE {schema}.audit_log_rest PARTITION OF {schema}.audit_log DEFAULT;
SELECT {schema}.protect_partition('audit_log_rest');
COMMENT ON TABLE {schema}.audit_log_rest IS 'Changes of months that no partition was made for in time: a forgotten job must not stop writers.';

CREATE FUNCTION {schema}.make_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    first_day timestamptz := date_trunc('month', month::timestamptz);
    next_first_day timestamptz := first_day + interval '1 month';
    partition_name name := 'audit_log_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
               WHERE n.nspname = {schema_text} AND c.relname = partition_name) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE {schema}.%I (LIKE {schema}.audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)', partition_name);
    PERFORM {schema}.protect_partition(partition_name);
    LOCK TABLE {schema}.audit_log_rest IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH late AS (DELETE FROM {schema}.audit_log_rest WHERE at >= %L AND at < %L RETURNING *) INSERT INTO {schema}.%I SELECT * FROM late',
                   first_day, next_first_day, partition_name);
    EXECUTE format('ALTER TABLE {schema}.audit_log ATTACH PARTITION {schema}.%I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, first_day, next_first_day);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION {schema}.make_partition(date) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.make_partition(date) IS 'Makes the partition of the month that holds the date; false when it is there.';

CREATE FUNCTION {schema}.make_coming_partitions(months integer DEFAULT 3) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
    SELECT count(*) FILTER (WHERE {schema}.make_partition((date_trunc('month', now()) + n * interval '1 month')::date))
    FROM generate_series(0, least(months, 24)) AS n
$$;
REVOKE ALL ON FUNCTION {schema}.make_coming_partitions(integer) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.make_coming_partitions(integer) IS 'Makes the partitions of this month and of those to come, at most 24; says how many were missing.';

