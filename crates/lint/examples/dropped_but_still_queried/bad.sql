-- option: query 4200 SELECT id, nickname FROM accounts WHERE id = $1
-- migration: 1_make
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nickname text NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
ALTER TABLE accounts DROP COLUMN nickname;
