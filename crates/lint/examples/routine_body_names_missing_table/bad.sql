-- migration: 1_make_users
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE FUNCTION count_people() RETURNS bigint
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN (SELECT count(*) FROM people);
END
$$;
