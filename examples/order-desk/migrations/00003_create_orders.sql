-- +goose Up
SET LOCAL lock_timeout = '2s';

CREATE TABLE orders (
    id           uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id    uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    order_number bigint      NOT NULL,
    status       text        NOT NULL DEFAULT 'draft',
    total_cents  bigint      NOT NULL DEFAULT 0,
    placed_at    timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT orders_tenant_id_order_number_key UNIQUE (tenant_id, order_number),
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    CONSTRAINT orders_order_number_check CHECK (order_number > 0),
    CONSTRAINT orders_status_check CHECK (status IN ('draft', 'placed', 'paid', 'shipped', 'cancelled')),
    CONSTRAINT orders_total_cents_check CHECK (total_cents >= 0)
);

-- Serves the foreign key and the pages of a customer's orders.
CREATE INDEX idx_orders_tenant_id_user_id_created_at_id ON orders (tenant_id, user_id, created_at, id);

CREATE TRIGGER orders_touch_updated_at
    BEFORE UPDATE ON orders
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE orders IS 'Orders of a shop''s customers.';
COMMENT ON COLUMN orders.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN orders.tenant_id IS 'The shop.';
COMMENT ON COLUMN orders.user_id IS 'The customer.';
COMMENT ON COLUMN orders.order_number IS 'Number on paper, counted by the shop.';
COMMENT ON COLUMN orders.status IS 'How far the order is.';
COMMENT ON COLUMN orders.total_cents IS 'Sum of the items in the smallest unit of the shop''s currency.';
COMMENT ON COLUMN orders.placed_at IS 'When the customer ordered; null for drafts.';
COMMENT ON COLUMN orders.created_at IS 'When the row was made.';
COMMENT ON COLUMN orders.updated_at IS 'When the row was last changed.';

-- +goose Down
SET LOCAL lock_timeout = '2s';

DROP TABLE orders;
