ALTER TABLE faces ALTER COLUMN liveness_verified SET NOT NULL;
