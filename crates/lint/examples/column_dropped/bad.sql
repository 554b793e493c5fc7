-- migration: 1_make
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nickname text NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
ALTER TABLE customers DROP COLUMN nickname;
