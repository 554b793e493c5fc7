-- +goose Up
CREATE INDEX CONCURRENTLY idx_visits_page ON visits (page);

-- +goose Down
DROP INDEX idx_visits_page;
