SET LOCAL lock_timeout = '2s';

ALTER TABLE parcels ALTER COLUMN weight SET NOT NULL;
