CREATE TABLE readings (
    id      uuid        NOT NULL DEFAULT gen_random_uuid(),
    sensor  text        NOT NULL,
    read_at timestamptz NOT NULL,
    CONSTRAINT readings_pkey PRIMARY KEY (id, read_at)
) PARTITION BY RANGE (read_at);

CREATE TABLE readings_2026_01 PARTITION OF readings
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
