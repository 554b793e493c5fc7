-- +goose Up
SET LOCAL lock_timeout = '2s';

ALTER TABLE users VALIDATE CONSTRAINT users_display_name_check;

-- +goose Down
SET LOCAL lock_timeout = '2s';

ALTER TABLE users DROP CONSTRAINT users_display_name_check;
ALTER TABLE users ADD CONSTRAINT users_display_name_check CHECK (display_name IS NOT NULL) NOT VALID;
