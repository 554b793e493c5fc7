CREATE TABLE letters (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sent_at timestamptz NOT NULL
);

CREATE FUNCTION letters_page(page integer) RETURNS SETOF letters
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT * FROM letters ORDER BY sent_at, id LIMIT 50 OFFSET page * 50
$$;
