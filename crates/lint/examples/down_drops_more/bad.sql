-- migration: 1_make
CREATE TABLE carts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL
);
-- migration: 2_note
CREATE TABLE IF NOT EXISTS carts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL
);
-- down:
SET LOCAL lock_timeout = '3s';
DROP TABLE carts;
