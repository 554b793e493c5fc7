-- option: majors 15,16
-- migration: 1_make
CREATE TABLE pupils (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE VIEW pupil_names WITH (security_invoker = true) AS SELECT id, name FROM pupils;
-- migration: 2_change
SET LOCAL lock_timeout = '3s';
CREATE OR REPLACE VIEW pupil_names WITH (security_invoker = true) AS
SELECT id, name, length(name) AS width FROM pupils;
