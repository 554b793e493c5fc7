CREATE TABLE countries (
    code       text        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT '2026-01-01 00:00:00+00',
    updated_at timestamptz NOT NULL DEFAULT '2026-01-01 00:00:00+00',
    CONSTRAINT countries_pkey PRIMARY KEY (code)
);
