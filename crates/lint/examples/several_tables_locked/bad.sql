-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount bigint NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
-- migration: 2_add_columns
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE notes ADD COLUMN title text;
