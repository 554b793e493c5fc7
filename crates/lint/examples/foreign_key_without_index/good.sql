CREATE TABLE shops (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE sales (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id     bigint NOT NULL,
    replaced_by bigint,
    sold_at     timestamptz NOT NULL,
    CONSTRAINT sales_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id),
    CONSTRAINT sales_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES sales (id)
);

CREATE INDEX idx_sales_shop_id_sold_at ON sales (shop_id, sold_at);
-- Rows that point nowhere need not be found.
CREATE INDEX idx_sales_replaced_by ON sales (replaced_by) WHERE replaced_by IS NOT NULL;

-- The primary key leads with the column.
CREATE TABLE shop_settings (
    shop_id bigint PRIMARY KEY,
    colour  text NOT NULL,
    CONSTRAINT shop_settings_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id)
);
