CREATE TABLE shops (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shops_pkey PRIMARY KEY (id)
);

CREATE TABLE sales (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    shop_id    uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sales_pkey PRIMARY KEY (id)
);

CREATE INDEX idx_sales_shop_id ON sales (shop_id);
