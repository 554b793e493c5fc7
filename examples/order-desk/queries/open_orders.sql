-- name: open_orders
-- params: '00000000-0000-4000-8000-000000000001', '2026-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000', 50
-- budget: 10 ms
-- What the desk still has to ship, oldest first.
SELECT id, order_number, user_id, total_cents, placed_at
FROM orders
WHERE tenant_id = $1
  AND status IN ('placed', 'paid')
  AND (placed_at, id) > ($2, $3)
ORDER BY placed_at, id
LIMIT $4;
