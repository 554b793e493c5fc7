-- migration: 1_make
CREATE UNLOGGED TABLE session_cache (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token text NOT NULL
);
CREATE TABLE attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token text NOT NULL
);
ALTER TABLE attempts SET UNLOGGED;
