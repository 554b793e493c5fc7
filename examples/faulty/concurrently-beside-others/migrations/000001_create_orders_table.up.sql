CREATE TABLE orders (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    reference   text        NOT NULL,
    status      text        NOT NULL DEFAULT 'open',
    note        text,
    quantity    integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_pkey PRIMARY KEY (id)
);
