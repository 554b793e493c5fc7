-- option: extension vector
CREATE EXTENSION vector;

CREATE TABLE pictures (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    embedding vector(512) NOT NULL
);

CREATE INDEX idx_pictures_embedding ON pictures USING hnsw (embedding vector_cosine_ops);

CREATE FUNCTION similar_pictures(probe vector, threshold double precision, wanted integer) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT id
    FROM (
        SELECT id, embedding <=> probe AS distance FROM pictures ORDER BY embedding <=> probe LIMIT wanted
    ) nearest
    WHERE 1 - distance >= threshold
    ORDER BY distance
$$;
