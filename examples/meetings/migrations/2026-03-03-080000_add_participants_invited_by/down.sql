SET LOCAL lock_timeout = '2s';

ALTER TABLE participants DROP COLUMN invited_by_user_id;
