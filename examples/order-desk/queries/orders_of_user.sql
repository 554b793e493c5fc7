-- name: orders_of_user
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1', '2027-01-01 00:00:00+00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 20
-- budget: 10 ms
-- One page, latest first; the next page begins after the last row's (created_at, id).
SELECT id, order_number, status, total_cents, created_at
FROM orders
WHERE tenant_id = $1
  AND user_id = $2
  AND (created_at, id) < ($3, $4)
ORDER BY created_at DESC, id DESC
LIMIT $5;
