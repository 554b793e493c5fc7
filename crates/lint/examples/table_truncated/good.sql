-- migration: 1_make
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL
);
-- migration: 2_prune
SET LOCAL lock_timeout = '3s';
CREATE TEMP TABLE chosen (id bigint PRIMARY KEY);
INSERT INTO chosen (id) SELECT id FROM visits WHERE page = '';
TRUNCATE chosen;
DELETE FROM visits WHERE page = '' AND id < 1000;
