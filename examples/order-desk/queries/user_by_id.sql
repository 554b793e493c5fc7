-- name: user_by_id
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1'
-- budget: 5 ms
-- Behind the cache key desk:user:{tenant_id}/{id}:profile.
SELECT id, email, display_name
FROM users
WHERE tenant_id = $1
  AND id = $2;
