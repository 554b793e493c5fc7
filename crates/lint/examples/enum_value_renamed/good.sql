-- migration: 1_make
CREATE TYPE parcel_state AS ENUM ('new', 'sent');
-- migration: 2_add
ALTER TYPE parcel_state ADD VALUE 'shipped' AFTER 'sent';
