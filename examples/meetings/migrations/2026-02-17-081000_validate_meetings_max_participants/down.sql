SET LOCAL lock_timeout = '2s';

ALTER TABLE meetings DROP CONSTRAINT meetings_max_participants_check;
ALTER TABLE meetings ADD CONSTRAINT meetings_max_participants_check
    CHECK (max_participants BETWEEN 2 AND 10000) NOT VALID;
