SET LOCAL lock_timeout = '2s';

ALTER TABLE meetings VALIDATE CONSTRAINT meetings_max_participants_check;
