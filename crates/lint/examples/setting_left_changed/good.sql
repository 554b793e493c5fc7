-- migration: 1_make_notes
CREATE SCHEMA app;
SET LOCAL search_path = app;
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
