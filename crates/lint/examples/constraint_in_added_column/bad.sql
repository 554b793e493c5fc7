-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_add_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN amount numeric CONSTRAINT orders_amount_check CHECK (amount >= 0);
