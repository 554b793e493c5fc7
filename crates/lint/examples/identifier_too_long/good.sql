-- The measurements_must_not_be_taken_before_the_station_itself_was_built_by_anybody.
CREATE TABLE measurements (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL,
    CONSTRAINT measurements_taken_at_check CHECK (taken_at > '1970-01-01T00:00:00Z')
);

COMMENT ON TABLE measurements IS 'for_the_report_of_all_measurements_that_were_taken_on_one_of_the_last_days';
