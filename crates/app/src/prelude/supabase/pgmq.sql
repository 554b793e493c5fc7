-- Stands in for the extension pgmq: queues are real tables, and messages stay in them.
DO $stand_in$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pgmq')
        OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pgmq') THEN
        RETURN;
    END IF;
    CREATE SCHEMA IF NOT EXISTS pgmq;
    CREATE TABLE pgmq.meta (
        queue_name varchar NOT NULL UNIQUE,
        is_partitioned boolean NOT NULL DEFAULT false,
        is_unlogged boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE TYPE pgmq.message_record AS (
        msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb);
    CREATE TYPE pgmq.queue_record AS (
        queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
    CREATE FUNCTION pgmq.create(queue_name text) RETURNS void LANGUAGE plpgsql AS $f$
    BEGIN
        EXECUTE format('CREATE TABLE IF NOT EXISTS pgmq.%I (
            msg_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, read_ct integer NOT NULL DEFAULT 0,
            enqueued_at timestamptz NOT NULL DEFAULT now(), vt timestamptz NOT NULL, message jsonb, headers jsonb)',
            'q_' || lower(queue_name));
        EXECUTE format('CREATE TABLE IF NOT EXISTS pgmq.%I (
            msg_id bigint PRIMARY KEY, read_ct integer NOT NULL DEFAULT 0,
            enqueued_at timestamptz NOT NULL DEFAULT now(), archived_at timestamptz NOT NULL DEFAULT now(),
            vt timestamptz NOT NULL, message jsonb, headers jsonb)', 'a_' || lower(queue_name));
        INSERT INTO pgmq.meta (queue_name) VALUES ($1) ON CONFLICT DO NOTHING;
    END
    $f$;
    CREATE FUNCTION pgmq.create_non_partitioned(queue_name text) RETURNS void LANGUAGE sql AS $f$
        SELECT pgmq.create(queue_name)
    $f$;
    CREATE FUNCTION pgmq.create_unlogged(queue_name text) RETURNS void LANGUAGE sql AS $f$
        SELECT pgmq.create(queue_name)
    $f$;
    CREATE FUNCTION pgmq.drop_queue(queue_name text) RETURNS boolean LANGUAGE plpgsql AS $f$
    BEGIN
        EXECUTE format('DROP TABLE IF EXISTS pgmq.%I, pgmq.%I', 'q_' || lower(queue_name), 'a_' || lower(queue_name));
        DELETE FROM pgmq.meta AS m WHERE m.queue_name = drop_queue.queue_name;
        RETURN FOUND;
    END
    $f$;
    CREATE FUNCTION pgmq.list_queues() RETURNS SETOF pgmq.queue_record LANGUAGE sql STABLE AS $f$
        SELECT queue_name, is_partitioned, is_unlogged, created_at FROM pgmq.meta
    $f$;
    CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay integer DEFAULT 0)
    RETURNS SETOF bigint LANGUAGE plpgsql AS $f$
    BEGIN
        RETURN QUERY EXECUTE format(
            'INSERT INTO pgmq.%I (vt, message) VALUES (clock_timestamp() + make_interval(secs => $2), $1) RETURNING msg_id',
            'q_' || lower(queue_name)) USING msg, delay;
    END
    $f$;
    CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], delay integer DEFAULT 0)
    RETURNS SETOF bigint LANGUAGE sql AS $f$
        SELECT sent FROM unnest(msgs) AS m, pgmq.send(queue_name, m, delay) AS sent
    $f$;
    CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb DEFAULT '{}')
    RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $f$
    BEGIN
        RETURN QUERY EXECUTE format(
            'UPDATE pgmq.%1$I AS q SET vt = clock_timestamp() + make_interval(secs => $1), read_ct = q.read_ct + 1
             WHERE q.msg_id IN (
                 SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp() AND message @> $3
                 ORDER BY msg_id LIMIT $2 FOR UPDATE SKIP LOCKED)
             RETURNING q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message, q.headers',
            'q_' || lower(queue_name)) USING vt, qty, conditional;
    END
    $f$;
    CREATE FUNCTION pgmq.pop(queue_name text) RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $f$
    BEGIN
        RETURN QUERY EXECUTE format(
            'DELETE FROM pgmq.%1$I AS q WHERE q.msg_id = (
                 SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp() ORDER BY msg_id LIMIT 1
                 FOR UPDATE SKIP LOCKED)
             RETURNING q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message, q.headers', 'q_' || lower(queue_name));
    END
    $f$;
    CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $f$
    DECLARE
        gone bigint;
    BEGIN
        EXECUTE format('DELETE FROM pgmq.%I AS q WHERE q.msg_id = $1 RETURNING q.msg_id', 'q_' || lower(queue_name))
            INTO gone USING msg_id;
        RETURN gone IS NOT NULL;
    END
    $f$;
    CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE plpgsql AS $f$
    DECLARE
        gone bigint;
    BEGIN
        EXECUTE format(
            'WITH taken AS (DELETE FROM pgmq.%I AS q WHERE q.msg_id = $1 RETURNING *)
             INSERT INTO pgmq.%I (msg_id, read_ct, enqueued_at, vt, message, headers)
             SELECT msg_id, read_ct, enqueued_at, vt, message, headers FROM taken RETURNING msg_id',
            'q_' || lower(queue_name), 'a_' || lower(queue_name)) INTO gone USING msg_id;
        RETURN gone IS NOT NULL;
    END
    $f$;
    CREATE FUNCTION pgmq.purge_queue(queue_name text) RETURNS bigint LANGUAGE plpgsql AS $f$
    DECLARE
        gone bigint;
    BEGIN
        EXECUTE format('DELETE FROM pgmq.%I', 'q_' || lower(queue_name));
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END
    $f$;
    INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (
        pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
        'pgmq', 'postgres'::regrole, 'pgmq'::regnamespace, false, '0 (stand-in)');
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END
$stand_in$;
