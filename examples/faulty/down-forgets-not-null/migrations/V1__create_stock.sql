CREATE TABLE stock (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    amount     integer     NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stock_pkey PRIMARY KEY (id)
);
