ALTER TABLE faces ALTER COLUMN liveness_verified DROP NOT NULL;
