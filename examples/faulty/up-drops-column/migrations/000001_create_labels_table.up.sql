CREATE TABLE labels (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    caption    text        NOT NULL,
    colour     text,
    CONSTRAINT labels_pkey PRIMARY KEY (id)
);
