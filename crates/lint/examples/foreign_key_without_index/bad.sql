CREATE TABLE shops (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE sales (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id bigint NOT NULL,
    CONSTRAINT sales_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id)
);
