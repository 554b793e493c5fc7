CREATE TABLE measurements (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL
);

CREATE INDEX index_on_measurements_by_the_moment_at_which_each_of_them_was_taken ON measurements (taken_at);
