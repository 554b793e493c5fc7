-- name: tasks_due
-- params: '00000000-0000-4000-8000-000000000001', '2026-03-01 00:00:00+00', 50
-- budget: 10 ms
-- What should be done by a time, most urgent first.
SELECT id, title, priority, assignee_id, due_at
FROM tasks
WHERE tenant_id = $1
  AND due_at < $2
  AND status <> 'done'
  AND deleted_at IS NULL
ORDER BY due_at, id
LIMIT $3;
