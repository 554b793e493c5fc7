CREATE TABLE letters (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient text NOT NULL
);

CREATE FUNCTION has_letters(who text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT (SELECT count(*) FROM letters WHERE recipient = who) > 0
$$;
