-- migration: 1_make_readings
CREATE TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_key_readings
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings ADD CONSTRAINT readings_pkey PRIMARY KEY (id);
