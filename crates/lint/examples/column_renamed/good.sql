-- migration: 1_make
CREATE TABLE letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
-- migration: 2_expand
SET LOCAL lock_timeout = '3s';
ALTER TABLE letters ADD COLUMN draft text;
ALTER TABLE letters RENAME COLUMN draft TO content;
