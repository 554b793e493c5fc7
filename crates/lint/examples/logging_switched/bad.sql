-- migration: 1_make_readings
CREATE UNLOGGED TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_keep_readings
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings SET LOGGED;
