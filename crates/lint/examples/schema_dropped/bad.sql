-- migration: 1_make
CREATE SCHEMA reports;
CREATE TABLE reports.monthly (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    total numeric NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
DROP SCHEMA reports CASCADE;
