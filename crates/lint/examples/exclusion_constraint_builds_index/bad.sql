-- migration: 1_make_bookings
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    during tstzrange NOT NULL
);
-- migration: 2_refuse_overlaps
SET LOCAL lock_timeout = '3s';
ALTER TABLE bookings ADD CONSTRAINT bookings_during_excl EXCLUDE USING gist (during WITH &&);
