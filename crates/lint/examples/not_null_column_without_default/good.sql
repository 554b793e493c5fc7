-- migration: 1_make
CREATE TABLE guests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
-- migration: 2_add
SET LOCAL lock_timeout = '3s';
ALTER TABLE guests ADD COLUMN country text NOT NULL DEFAULT 'unknown', ADD COLUMN city text;
