-- migration: 1_make
CREATE TYPE parcel_state AS ENUM ('new', 'sent');
-- migration: 2_rename
ALTER TYPE parcel_state RENAME VALUE 'sent' TO 'shipped';
