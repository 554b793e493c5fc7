-- migration: 1_make_events
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- migration: 2_index (no transaction)
SET lock_timeout = '3s';
CREATE INDEX events_at_idx ON ONLY events (at);
DROP INDEX CONCURRENTLY IF EXISTS events_2024_at_idx;
CREATE INDEX CONCURRENTLY events_2024_at_idx ON events_2024 (at);
ALTER INDEX events_at_idx ATTACH PARTITION events_2024_at_idx;
RESET lock_timeout;
