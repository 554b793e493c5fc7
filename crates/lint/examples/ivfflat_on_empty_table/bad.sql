-- option: extension vector
CREATE EXTENSION vector;

CREATE TABLE pictures (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    embedding vector(512) NOT NULL
);

CREATE INDEX idx_pictures_embedding ON pictures USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);
