-- +goose Up
SET LOCAL lock_timeout = '2s';

CREATE TABLE order_items (
    id               uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id        uuid        NOT NULL,
    order_id         uuid        NOT NULL,
    line_number      integer     NOT NULL,
    product_code     text        NOT NULL,
    quantity         integer     NOT NULL DEFAULT 1,
    unit_price_cents bigint      NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT order_items_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT order_items_tenant_id_order_id_line_number_key UNIQUE (tenant_id, order_id, line_number),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT order_items_line_number_check CHECK (line_number > 0),
    CONSTRAINT order_items_product_code_check CHECK (char_length(product_code) BETWEEN 1 AND 64),
    CONSTRAINT order_items_quantity_check CHECK (quantity BETWEEN 1 AND 100000),
    CONSTRAINT order_items_unit_price_cents_check CHECK (unit_price_cents >= 0)
);

CREATE TRIGGER order_items_touch_updated_at
    BEFORE UPDATE ON order_items
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE order_items IS 'Lines of an order.';
COMMENT ON COLUMN order_items.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN order_items.tenant_id IS 'The shop.';
COMMENT ON COLUMN order_items.order_id IS 'The order.';
COMMENT ON COLUMN order_items.line_number IS 'Place in the order, from 1.';
COMMENT ON COLUMN order_items.product_code IS 'The shop''s code of the product.';
COMMENT ON COLUMN order_items.quantity IS 'How many.';
COMMENT ON COLUMN order_items.unit_price_cents IS 'Price of one at the time of ordering, in the smallest unit of the currency.';
COMMENT ON COLUMN order_items.created_at IS 'When the row was made.';
COMMENT ON COLUMN order_items.updated_at IS 'When the row was last changed.';

-- +goose Down
SET LOCAL lock_timeout = '2s';

DROP TABLE order_items;
