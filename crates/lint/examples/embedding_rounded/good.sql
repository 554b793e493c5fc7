-- option: extension vector
CREATE EXTENSION vector;

CREATE FUNCTION as_vector(numbers double precision[]) RETURNS vector
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT numbers::vector
$$;
