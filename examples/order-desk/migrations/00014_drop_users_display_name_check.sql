-- NOT NULL says the same now. Two steps on the way back, each in a transaction of its own, so that the validation does
-- not run under the lock that adding the constraint takes.

-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE users DROP CONSTRAINT users_display_name_check;

-- +goose Down
ALTER TABLE users ADD CONSTRAINT users_display_name_check CHECK (display_name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_display_name_check;
