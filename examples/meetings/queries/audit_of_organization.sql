-- name: audit_of_organization
-- params: '00000000-0000-4000-8000-000000000001', '2027-01-01 00:00:00+00', 100
-- budget: 10 ms
-- What happened in an organisation before a time, latest first.
SELECT created_at, table_name, row_id, action, acting_user
FROM audit_logs
WHERE org_id = $1
  AND created_at < $2
ORDER BY created_at DESC
LIMIT $3;
