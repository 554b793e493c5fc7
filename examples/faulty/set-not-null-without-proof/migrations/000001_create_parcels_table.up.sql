CREATE TABLE parcels (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    weight     integer              DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT parcels_pkey PRIMARY KEY (id)
);
