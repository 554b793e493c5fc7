-- name: add_order_item
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 9, 'tea-100', 2, 450
-- budget: 5 ms
-- Adds a line and its price to the order's sum in one statement.
WITH line AS (
    INSERT INTO order_items (tenant_id, order_id, line_number, product_code, quantity, unit_price_cents)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING quantity * unit_price_cents AS cents
)
UPDATE orders
SET total_cents = total_cents + line.cents
FROM line
WHERE tenant_id = $1
  AND id = $2
RETURNING total_cents;
