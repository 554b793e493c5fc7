-- migration: 1_make
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room text NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
ALTER TABLE bookings ALTER COLUMN id DROP IDENTITY;
