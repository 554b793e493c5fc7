-- migration: 1_make_readings
CREATE TABLE readings (
    number bigint,
    taken_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX readings_pkey ON readings (number);
-- migration: 2_key_readings
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings ADD CONSTRAINT readings_pkey PRIMARY KEY USING INDEX readings_pkey;
