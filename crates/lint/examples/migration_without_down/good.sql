-- option: downs
-- migration: 1_make
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
-- down:
SET LOCAL lock_timeout = '3s';
DROP TABLE notes;
