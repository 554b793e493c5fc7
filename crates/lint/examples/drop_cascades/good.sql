-- migration: 1_make
CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint NOT NULL,
    CONSTRAINT authors_number_key UNIQUE (number)
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
ALTER TABLE authors DROP CONSTRAINT authors_number_key CASCADE;
