-- option: rows people 12
-- migration: 1_make
CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail text NOT NULL
);
-- migration: 2_move
SET LOCAL lock_timeout = '3s';
ALTER TABLE people ADD COLUMN email text;
UPDATE people SET email = lower(mail);
ALTER TABLE people DROP COLUMN mail;
