-- option: violation orders 12 reference is not null
-- option: rows orders 800
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text
);
-- migration: 2_demand_references
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN reference SET NOT NULL;
