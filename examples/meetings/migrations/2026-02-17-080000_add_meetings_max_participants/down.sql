SET LOCAL lock_timeout = '2s';

ALTER TABLE meetings DROP COLUMN max_participants;
