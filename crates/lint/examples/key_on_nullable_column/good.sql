-- migration: 1_make_readings
CREATE TABLE readings (
    number bigint,
    taken_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX readings_pkey ON readings (number);
-- migration: 2_number_all_readings
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings ADD CONSTRAINT readings_number_not_null_check CHECK (number IS NOT NULL) NOT VALID;
-- migration: 3_validate_numbers
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings VALIDATE CONSTRAINT readings_number_not_null_check;
-- migration: 4_key_readings
SET LOCAL lock_timeout = '3s';
ALTER TABLE readings ADD CONSTRAINT readings_pkey PRIMARY KEY USING INDEX readings_pkey;
