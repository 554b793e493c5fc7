-- Contract, without dropping: the column stays, kept in step by the trigger, until nothing has read it for a release.

-- +goose Up
COMMENT ON COLUMN users.name IS 'Deprecated since migration 15: read and write display_name. Kept equal by a trigger.';

-- +goose Down
COMMENT ON COLUMN users.name IS 'Name as the customer writes it.';
