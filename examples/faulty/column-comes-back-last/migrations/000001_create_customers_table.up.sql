CREATE TABLE customers (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    given_name text        NOT NULL,
    surname    text        NOT NULL,
    full_name  text        GENERATED ALWAYS AS (given_name || ' ' || surname) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_pkey PRIMARY KEY (id)
);
