SET LOCAL lock_timeout = '2s';

ALTER TABLE labels DROP COLUMN colour;
