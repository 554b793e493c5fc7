-- name: tenant_by_slug
-- params: 'a'
-- budget: 5 ms
-- Asked once for a login, as app_admin: no tenant is known yet.
SELECT id, plan, is_active
FROM tenants
WHERE slug = $1
  AND deleted_at IS NULL;
