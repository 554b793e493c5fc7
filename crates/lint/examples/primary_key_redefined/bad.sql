-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference uuid NOT NULL DEFAULT gen_random_uuid()
);
CREATE UNIQUE INDEX orders_reference_idx ON orders (reference);
-- migration: 2_key_orders_by_reference
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
    DROP CONSTRAINT orders_pkey,
    ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_reference_idx;
