CREATE TABLE events (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    happened_at timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);
