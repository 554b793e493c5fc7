SET LOCAL lock_timeout = '2s';

ALTER TABLE orders ADD COLUMN total_cents bigint;
UPDATE orders SET total_cents = quantity * 100;
ALTER TABLE orders ALTER COLUMN total_cents SET NOT NULL;
