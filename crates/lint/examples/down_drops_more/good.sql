-- migration: 1_make
CREATE TABLE carts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL
);
-- migration: 2_note
SET LOCAL lock_timeout = '3s';
ALTER TABLE carts ADD COLUMN note text;
-- down:
SET LOCAL lock_timeout = '3s';
ALTER TABLE carts DROP COLUMN note;
