-- migration: 1_make
CREATE SCHEMA reports;
-- migration: 2_drop
DROP SCHEMA reports;
CREATE SCHEMA attempt;
CREATE TABLE attempt.monthly (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    total numeric NOT NULL
);
DROP SCHEMA attempt CASCADE;
