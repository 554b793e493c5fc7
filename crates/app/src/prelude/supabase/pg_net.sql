-- Stands in for the extension pg_net: requests are numbered and never sent.
DO $stand_in$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pg_net')
        OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_net') THEN
        RETURN;
    END IF;
    CREATE SCHEMA net;
    CREATE SEQUENCE net.requests;
    CREATE TABLE net._http_response (
        id bigint, status_code integer, content_type text, headers jsonb, content text, timed_out boolean,
        error_msg text, created timestamptz NOT NULL DEFAULT now());
    CREATE FUNCTION net.http_get(
        url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000
    ) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $f$ SELECT nextval('net.requests') $f$;
    CREATE FUNCTION net.http_post(
        url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
        headers jsonb DEFAULT '{"Content-Type": "application/json"}', timeout_milliseconds integer DEFAULT 5000
    ) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $f$ SELECT nextval('net.requests') $f$;
    CREATE FUNCTION net.http_delete(
        url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000,
        body jsonb DEFAULT NULL
    ) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $f$ SELECT nextval('net.requests') $f$;
    GRANT USAGE ON SCHEMA net TO postgres, anon, authenticated, service_role;
    -- A row of this kind makes CREATE EXTENSION IF NOT EXISTS pass over what the server does not have.
    INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (
        pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
        'pg_net', 'postgres'::regrole, 'extensions'::regnamespace, false, '0 (stand-in)');
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END
$stand_in$;
