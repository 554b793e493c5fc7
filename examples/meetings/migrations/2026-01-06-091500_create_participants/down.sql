SET LOCAL lock_timeout = '2s';

DROP TABLE participants;
DROP TYPE participant_role;
