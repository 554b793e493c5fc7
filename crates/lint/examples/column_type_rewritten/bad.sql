-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount integer NOT NULL
);
-- migration: 2_widen_amounts
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN amount TYPE bigint;
