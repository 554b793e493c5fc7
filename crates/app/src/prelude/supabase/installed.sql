-- Extensions that every project of the platform has from its first day and few servers elsewhere can install. A row of
-- this kind makes CREATE EXTENSION IF NOT EXISTS pass over what the server does not have, and DROP EXTENSION find it.
DO $stand_in$
DECLARE
    missing record;
BEGIN
    FOR missing IN
        SELECT * FROM (VALUES
            ('pg_graphql', 'graphql'), ('supabase_vault', 'vault'), ('pgjwt', 'extensions')
        ) AS wanted (name, home)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS a WHERE a.name = wanted.name)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = wanted.name)
    LOOP
        INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        VALUES (
            pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
            missing.name, 'postgres'::regrole, missing.home::regnamespace, false, '0 (stand-in)');
    END LOOP;
EXCEPTION
    WHEN insufficient_privilege THEN NULL;
END
$stand_in$;

-- The two functions of pgjwt that projects call.
DO $jwt$
BEGIN
    IF to_regprocedure('extensions.hmac(text,text,text)') IS NULL
        OR to_regprocedure('extensions.sign(json,text,text)') IS NOT NULL
        OR EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pgjwt') THEN
        RETURN;
    END IF;
    CREATE FUNCTION extensions.url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $f$
        SELECT translate(encode(data, 'base64'), E'+/=\n', '-_')
    $f$;
    CREATE FUNCTION extensions.url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $f$
        SELECT decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64')
    $f$;
    CREATE FUNCTION extensions.algorithm_sign(signables text, secret text, algorithm text)
    RETURNS text LANGUAGE sql IMMUTABLE AS $f$
        SELECT extensions.url_encode(extensions.hmac(signables, secret, CASE algorithm
            WHEN 'HS256' THEN 'sha256' WHEN 'HS384' THEN 'sha384' WHEN 'HS512' THEN 'sha512' END))
    $f$;
    CREATE FUNCTION extensions.sign(payload json, secret text, algorithm text DEFAULT 'HS256')
    RETURNS text LANGUAGE sql IMMUTABLE AS $f$
        SELECT told || '.' || extensions.algorithm_sign(told, secret, algorithm)
        FROM (SELECT extensions.url_encode(convert_to(format('{"alg":"%s","typ":"JWT"}', algorithm), 'utf8')) || '.'
                  || extensions.url_encode(convert_to(payload::text, 'utf8'))) AS t (told)
    $f$;
    CREATE FUNCTION extensions.verify(token text, secret text, algorithm text DEFAULT 'HS256')
    RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE AS $f$
        SELECT convert_from(extensions.url_decode(parts[1]), 'utf8')::json,
               convert_from(extensions.url_decode(parts[2]), 'utf8')::json,
               parts[3] = extensions.algorithm_sign(parts[1] || '.' || parts[2], secret, algorithm)
        FROM regexp_split_to_array(token, '\.') AS parts
    $f$;
END
$jwt$;
