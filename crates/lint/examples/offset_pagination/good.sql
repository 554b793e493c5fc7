CREATE TABLE letters (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_at timestamptz NOT NULL
);

CREATE FUNCTION letters_after(last_sent_at timestamptz, last_id bigint) RETURNS SETOF letters
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT * FROM letters WHERE (sent_at, id) > (last_sent_at, last_id) ORDER BY sent_at, id LIMIT 50
$$;

-- The one before the last: a page that never grows.
CREATE FUNCTION letter_before_last() RETURNS SETOF letters
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT * FROM letters ORDER BY sent_at DESC, id DESC LIMIT 1 OFFSET 1
$$;
