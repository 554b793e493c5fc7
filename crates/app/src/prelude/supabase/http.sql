-- Stands in for the extension http: every request is refused.
DO $stand_in$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'http')
        OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'http') THEN
        RETURN;
    END IF;
    CREATE DOMAIN extensions.http_method AS text;
    CREATE TYPE extensions.http_header AS (field varchar, value varchar);
    CREATE TYPE extensions.http_request AS (
        method extensions.http_method, uri varchar, headers extensions.http_header[], content_type varchar,
        content varchar);
    CREATE TYPE extensions.http_response AS (
        status integer, content_type varchar, headers extensions.http_header[], content varchar);
    CREATE FUNCTION extensions.http_header(field varchar, value varchar) RETURNS extensions.http_header
    LANGUAGE sql AS $f$ SELECT ROW($1, $2)::extensions.http_header $f$;
    CREATE FUNCTION extensions.http(request extensions.http_request) RETURNS extensions.http_response
    LANGUAGE plpgsql AS $f$
    BEGIN
        RAISE EXCEPTION 'no request is sent from a scratch database (%)', (request).uri;
    END
    $f$;
    CREATE FUNCTION extensions.http_get(uri varchar) RETURNS extensions.http_response LANGUAGE sql AS $f$
        SELECT extensions.http(ROW('GET', $1, NULL, NULL, NULL)::extensions.http_request)
    $f$;
    CREATE FUNCTION extensions.http_post(uri varchar, content varchar, content_type varchar)
    RETURNS extensions.http_response LANGUAGE sql AS $f$
        SELECT extensions.http(ROW('POST', $1, NULL, $3, $2)::extensions.http_request)
    $f$;
    CREATE FUNCTION extensions.http_delete(uri varchar) RETURNS extensions.http_response LANGUAGE sql AS $f$
        SELECT extensions.http(ROW('DELETE', $1, NULL, NULL, NULL)::extensions.http_request)
    $f$;
    INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (
        pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
        'http', 'postgres'::regrole, 'extensions'::regnamespace, false, '0 (stand-in)');
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END
$stand_in$;
