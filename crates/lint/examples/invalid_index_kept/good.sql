-- migration: 1_create_visits
CREATE TABLE visits (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL
);
-- migration: 2_create_visits_page_index (no transaction)
DROP INDEX CONCURRENTLY IF EXISTS idx_visits_page;
CREATE INDEX CONCURRENTLY idx_visits_page ON visits (page);
