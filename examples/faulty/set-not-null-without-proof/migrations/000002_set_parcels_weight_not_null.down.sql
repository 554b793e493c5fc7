SET LOCAL lock_timeout = '2s';

ALTER TABLE parcels ALTER COLUMN weight DROP NOT NULL;
