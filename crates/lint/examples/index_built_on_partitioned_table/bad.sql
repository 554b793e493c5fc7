-- migration: 1_make_events
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- migration: 2_index
SET LOCAL lock_timeout = '3s';
CREATE INDEX events_at_idx ON events (at);
