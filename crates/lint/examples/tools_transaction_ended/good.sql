-- migration: 1_make_notes
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
COMMENT ON TABLE notes IS 'What people write down.';
