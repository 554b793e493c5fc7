-- migration: 1_make
CREATE DOMAIN score AS integer;
CREATE TABLE games (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    points integer NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
DROP DOMAIN score CASCADE;
