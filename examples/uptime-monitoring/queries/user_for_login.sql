-- name: user_for_login
-- params: '00000000-0000-4000-8000-000000000001', 'ada@example.com'
-- budget: 5 ms
-- The hash is verified by the application, with argon2 or bcrypt.
SELECT id, password_hash, role
FROM users
WHERE tenant_id = $1
  AND email = $2
  AND is_active;
