-- name: has_orders
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1'
-- budget: 5 ms
SELECT EXISTS (
    SELECT
    FROM orders
    WHERE tenant_id = $1
      AND user_id = $2
);
