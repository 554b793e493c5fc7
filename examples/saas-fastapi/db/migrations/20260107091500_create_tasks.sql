-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE tasks (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id   uuid        NOT NULL,
    project_id  uuid        NOT NULL,
    assignee_id uuid,
    title       text        NOT NULL,
    status      text        NOT NULL DEFAULT 'open',
    due_at      timestamptz,
    deleted_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tasks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT tasks_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
    CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (tenant_id, assignee_id) REFERENCES users (tenant_id, id),
    CONSTRAINT tasks_title_check CHECK (char_length(title) BETWEEN 1 AND 500),
    CONSTRAINT tasks_status_check CHECK (status IN ('open', 'in_progress', 'done'))
);

-- Serves the foreign key and the pages of a project's tasks.
CREATE INDEX idx_tasks_tenant_id_project_id_created_at_id ON tasks (tenant_id, project_id, created_at, id);
CREATE INDEX idx_tasks_tenant_id_assignee_id ON tasks (tenant_id, assignee_id);

CREATE TRIGGER tasks_touch_updated_at
    BEFORE UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE tasks IS 'What is to be done in a project.';
COMMENT ON COLUMN tasks.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN tasks.tenant_id IS 'The tenant that the task belongs to.';
COMMENT ON COLUMN tasks.project_id IS 'The project.';
COMMENT ON COLUMN tasks.assignee_id IS 'The user who does it; null means nobody yet.';
COMMENT ON COLUMN tasks.title IS 'What is to be done.';
COMMENT ON COLUMN tasks.status IS 'How far it is.';
COMMENT ON COLUMN tasks.due_at IS 'When it should be done; null means whenever.';
COMMENT ON COLUMN tasks.deleted_at IS 'When it was deleted; null means not.';
COMMENT ON COLUMN tasks.created_at IS 'When the row was made.';
COMMENT ON COLUMN tasks.updated_at IS 'When the row was last changed.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE tasks;
