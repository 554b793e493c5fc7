-- +goose Up
SET LOCAL lock_timeout = '2s';

-- The validated check proves it: no row is read.
ALTER TABLE users ALTER COLUMN display_name SET NOT NULL;

-- +goose Down
SET LOCAL lock_timeout = '2s';

ALTER TABLE users ALTER COLUMN display_name DROP NOT NULL;
