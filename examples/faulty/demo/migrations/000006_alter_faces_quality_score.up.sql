ALTER TABLE faces ALTER COLUMN quality_score TYPE double precision;
