-- migration: 1_make_notes (no transaction)
BEGIN;
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
COMMIT;
