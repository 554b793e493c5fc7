-- +goose Up
CREATE TABLE visits (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    page       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT visits_pkey PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE visits;
