ALTER TABLE consent_records ADD COLUMN legal_basis text NOT NULL DEFAULT 'consent';
