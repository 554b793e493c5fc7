-- migration: 1_make_events
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
);
-- migration: 2_check
SET LOCAL lock_timeout = '3s';
ALTER TABLE events_2025 ADD CONSTRAINT events_2025_bound
    CHECK (at IS NOT NULL AND at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;
-- migration: 3_validate
SET LOCAL lock_timeout = '3s';
ALTER TABLE events_2025 VALIDATE CONSTRAINT events_2025_bound;
-- migration: 4_attach
SET LOCAL lock_timeout = '3s';
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
