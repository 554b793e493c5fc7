-- name: projects_of_tenant
-- params: '00000000-0000-4000-8000-000000000001', '', 50
-- budget: 10 ms
-- One page by key; the next page begins after the last row's key.
SELECT p.id, p.key, p.name, p.status, u.full_name AS owner
FROM projects p
JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.owner_id
WHERE p.tenant_id = $1
  AND p.key > $2
  AND p.deleted_at IS NULL
ORDER BY p.key
LIMIT $3;
