CREATE TABLE readings (
    sensor   bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT readings_pkey PRIMARY KEY (sensor, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01T00:00:00Z') TO ('2027-01-01T00:00:00Z');

CREATE INDEX idx_readings_taken_at ON ONLY readings (taken_at);
CREATE INDEX idx_readings_2026_taken_at ON readings_2026 (taken_at);
ALTER INDEX idx_readings_taken_at ATTACH PARTITION idx_readings_2026_taken_at;
