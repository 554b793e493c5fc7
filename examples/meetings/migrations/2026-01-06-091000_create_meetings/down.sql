SET LOCAL lock_timeout = '2s';

DROP TABLE meetings;
DROP TYPE meeting_status;
