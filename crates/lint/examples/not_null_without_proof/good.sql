-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text
);
-- migration: 2_demand_references
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD CONSTRAINT orders_reference_not_null_check CHECK (reference IS NOT NULL) NOT VALID;
-- migration: 3_validate_references
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders VALIDATE CONSTRAINT orders_reference_not_null_check;
-- migration: 4_settle_references
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN reference SET NOT NULL, DROP CONSTRAINT orders_reference_not_null_check;
