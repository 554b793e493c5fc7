-- migration: 1_create_visits
CREATE TABLE visits (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
);
CREATE UNIQUE INDEX idx_visits_code ON visits (code);
ALTER TABLE visits REPLICA IDENTITY USING INDEX idx_visits_code;
-- migration: 2_identify_visits_by_key
SET LOCAL lock_timeout = '3s';
ALTER TABLE visits REPLICA IDENTITY DEFAULT;
-- migration: 3_drop_visits_code_index (no transaction)
DROP INDEX CONCURRENTLY idx_visits_code;
