-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY idx_tasks_tenant_id_due_at_id ON tasks (tenant_id, due_at, id) WHERE status <> 'done' AND deleted_at IS NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY idx_tasks_tenant_id_due_at_id;
