-- name: audit_of_row
-- params: '00000000-0000-4000-8000-000000000001', 'meetings', '00000000-0000-4000-8000-00000000000a', 50
-- budget: 10 ms
-- Who did what to one row, latest first.
SELECT created_at, action, acting_user, acting_role, old_values, new_values
FROM audit_logs
WHERE org_id = $1
  AND table_name = $2
  AND row_id = $3
ORDER BY created_at DESC
LIMIT $4;
