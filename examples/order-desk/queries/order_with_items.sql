-- name: order_with_items
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a'
-- budget: 10 ms
-- One query for the order and all of its lines, not one for each line. Behind the cache key desk:order:{tenant_id}/{id}:lines.
SELECT o.order_number, o.status, o.total_cents, u.display_name, i.line_number, i.product_code, i.quantity, i.unit_price_cents
FROM orders o
JOIN users u ON u.tenant_id = o.tenant_id AND u.id = o.user_id
LEFT JOIN order_items i ON i.tenant_id = o.tenant_id AND i.order_id = o.id
WHERE o.tenant_id = $1
  AND o.id = $2
ORDER BY i.line_number;
