SET LOCAL lock_timeout = '2s';

ALTER TABLE customers DROP COLUMN full_name;
