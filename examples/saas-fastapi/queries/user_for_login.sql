-- name: user_for_login
-- params: '00000000-0000-4000-8000-000000000001', 'ada@example.com'
-- budget: 5 ms
SELECT id, full_name, password_hash, role
FROM users
WHERE tenant_id = $1
  AND email = $2
  AND deleted_at IS NULL;
