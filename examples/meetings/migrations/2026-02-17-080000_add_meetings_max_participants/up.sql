SET LOCAL lock_timeout = '2s';

-- A constant default is kept in the catalog: no row is touched. The check is validated by the next migration.
ALTER TABLE meetings ADD COLUMN max_participants integer NOT NULL DEFAULT 100;
ALTER TABLE meetings ADD CONSTRAINT meetings_max_participants_check
    CHECK (max_participants BETWEEN 2 AND 10000) NOT VALID;

COMMENT ON COLUMN meetings.max_participants IS 'How many may be present at once.';
