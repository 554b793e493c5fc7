-- migration: 1_make_readings
CREATE TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_key_readings (no transaction)
SET lock_timeout = '3s';
DROP INDEX CONCURRENTLY IF EXISTS public.readings_pkey;
CREATE UNIQUE INDEX CONCURRENTLY readings_pkey ON readings (id);
ALTER TABLE readings ADD CONSTRAINT readings_pkey PRIMARY KEY USING INDEX readings_pkey;
RESET lock_timeout;
