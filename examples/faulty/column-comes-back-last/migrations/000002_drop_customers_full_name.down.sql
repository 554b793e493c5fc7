SET LOCAL lock_timeout = '2s';

ALTER TABLE customers ADD COLUMN full_name text GENERATED ALWAYS AS (given_name || ' ' || surname) STORED;
