SET LOCAL lock_timeout = '2s';

ALTER TABLE devices ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
