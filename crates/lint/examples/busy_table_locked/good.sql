-- option: live 2 20 SELECT amount FROM orders WHERE id = $1
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount bigint NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_add_column
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN note text;
