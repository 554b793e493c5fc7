SET LOCAL lock_timeout = '2s';

ALTER TABLE labels ADD COLUMN colour text;
