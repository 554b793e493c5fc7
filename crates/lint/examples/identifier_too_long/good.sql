CREATE TABLE measurements (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL
);

-- The moment_at_which_each_of_them_was_taken_by_whoever_was_there_to_take_it counts.
CREATE INDEX idx_measurements_taken_at ON measurements (taken_at);
COMMENT ON INDEX idx_measurements_taken_at IS 'for_the_report_of_all_measurements_that_were_taken_on_one_of_the_last_days';
