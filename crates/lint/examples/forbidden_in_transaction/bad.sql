-- migration: 1_make_readings
CREATE TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_index_readings
CREATE INDEX CONCURRENTLY readings_taken_at_idx ON readings (taken_at);
