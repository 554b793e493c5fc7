CREATE TABLE measurements (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL,
    CONSTRAINT measurements_must_not_be_taken_before_the_station_itself_was_built CHECK (taken_at > '1970-01-01T00:00:00Z')
);
