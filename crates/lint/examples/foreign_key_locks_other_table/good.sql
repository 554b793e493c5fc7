-- option: rows orders 12
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount bigint NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL CONSTRAINT notes_order_fkey REFERENCES orders,
    body text NOT NULL
);
CREATE INDEX notes_order_id_idx ON notes (order_id);
-- migration: 2_drop_key
SET LOCAL lock_timeout = '3s';
ALTER TABLE notes DROP CONSTRAINT notes_order_fkey;
