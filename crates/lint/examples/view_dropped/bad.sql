-- option: majors 15,16
-- migration: 1_make
CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    active boolean NOT NULL
);
CREATE VIEW active_members WITH (security_invoker = true) AS SELECT id FROM members WHERE active;
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
DROP VIEW active_members;
