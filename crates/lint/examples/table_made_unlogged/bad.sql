-- option: rows sessions 12
-- migration: 1_make
CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token text NOT NULL
);
-- migration: 2_unlog
SET LOCAL lock_timeout = '3s';
ALTER TABLE sessions SET UNLOGGED;
