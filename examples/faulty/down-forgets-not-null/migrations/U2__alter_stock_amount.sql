SET LOCAL lock_timeout = '2s';

ALTER TABLE stock ALTER COLUMN amount SET DEFAULT 0;
