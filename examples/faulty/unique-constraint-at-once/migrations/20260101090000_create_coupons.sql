-- migrate:up
CREATE TABLE coupons (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    code       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT coupons_pkey PRIMARY KEY (id)
);

-- migrate:down
DROP TABLE coupons;
