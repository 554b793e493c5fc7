-- name: tasks_of_project
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '2026-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000', 50
-- budget: 10 ms
-- One page; the next page begins after the last row's (created_at, id).
SELECT id, title, status, priority, assignee_id, due_at, created_at
FROM tasks
WHERE tenant_id = $1
  AND project_id = $2
  AND (created_at, id) > ($3, $4)
  AND deleted_at IS NULL
ORDER BY created_at, id
LIMIT $5;
