SET LOCAL lock_timeout = '2s';

ALTER TABLE devices DROP COLUMN token;
