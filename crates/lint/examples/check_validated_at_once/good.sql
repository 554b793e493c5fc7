-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    amount numeric NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_check_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_amount_check CHECK (amount >= 0) NOT VALID;
-- migration: 3_validate_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_check;
-- migration: 4_make_payments
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount numeric NOT NULL
);
ALTER TABLE payments ADD CONSTRAINT payments_amount_check CHECK (amount >= 0);
