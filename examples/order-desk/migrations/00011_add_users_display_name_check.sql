-- +goose Up
SET LOCAL lock_timeout = '2s';

-- Holds for new rows from now on; the next migration proves it for the old ones, without blocking writers.
ALTER TABLE users ADD CONSTRAINT users_display_name_check CHECK (display_name IS NOT NULL) NOT VALID;

-- +goose Down
SET LOCAL lock_timeout = '2s';

ALTER TABLE users DROP CONSTRAINT users_display_name_check;
