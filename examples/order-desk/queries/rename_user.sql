-- name: rename_user
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000b1', 'Ada Lovelace'
-- budget: 5 ms
UPDATE users
SET display_name = $3
WHERE tenant_id = $1
  AND id = $2
RETURNING id, display_name, updated_at;
