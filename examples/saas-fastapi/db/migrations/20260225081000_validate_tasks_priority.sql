-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE tasks VALIDATE CONSTRAINT tasks_priority_check;

-- migrate:down
SET LOCAL lock_timeout = '2s';

ALTER TABLE tasks DROP CONSTRAINT tasks_priority_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 1 AND 5) NOT VALID;
