-- migrate:up
SET LOCAL lock_timeout = '2s';

-- A constant default is kept in the catalog: no row is touched. The check is validated by the next migration.
ALTER TABLE tasks ADD COLUMN priority smallint NOT NULL DEFAULT 3;
ALTER TABLE tasks ADD CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 1 AND 5) NOT VALID;

COMMENT ON COLUMN tasks.priority IS '1 (now) to 5 (some day).';

-- migrate:down
SET LOCAL lock_timeout = '2s';

ALTER TABLE tasks DROP COLUMN priority;
