-- option: rows notes 10
-- migration: 1_make_notes
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
-- migration: 2_load_notes
SET LOCAL lock_timeout = '3s';
ALTER TABLE notes DISABLE TRIGGER USER;
INSERT INTO notes (body) VALUES ('first');
ALTER TABLE notes ENABLE TRIGGER USER;
