-- migration: 1_make
CREATE SCHEMA archive;
CREATE TABLE logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line text NOT NULL
);
-- migration: 2_move
SET LOCAL lock_timeout = '3s';
ALTER TABLE logs SET SCHEMA archive;
