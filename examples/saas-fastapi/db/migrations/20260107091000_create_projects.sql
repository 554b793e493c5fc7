-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE projects (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id   uuid        NOT NULL,
    owner_id    uuid        NOT NULL,
    key         text        NOT NULL,
    name        text        NOT NULL,
    description text        NOT NULL DEFAULT '',
    status      text        NOT NULL DEFAULT 'active',
    deleted_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projects_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT projects_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, id),
    CONSTRAINT projects_key_check CHECK (char_length(key) BETWEEN 2 AND 10 AND key = upper(key)),
    CONSTRAINT projects_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT projects_status_check CHECK (status IN ('active', 'archived'))
);

CREATE UNIQUE INDEX idx_projects_tenant_id_key ON projects (tenant_id, key) WHERE deleted_at IS NULL;
CREATE INDEX idx_projects_tenant_id_owner_id ON projects (tenant_id, owner_id);

CREATE TRIGGER projects_touch_updated_at
    BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE projects IS 'Projects of a tenant; tasks belong to them.';
COMMENT ON COLUMN projects.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN projects.tenant_id IS 'The tenant that the project belongs to.';
COMMENT ON COLUMN projects.owner_id IS 'The user who answers for it.';
COMMENT ON COLUMN projects.key IS 'Short name in capitals, unique among the tenant''s living projects.';
COMMENT ON COLUMN projects.name IS 'What people call it.';
COMMENT ON COLUMN projects.description IS 'What it is for.';
COMMENT ON COLUMN projects.status IS 'Archived projects are read only.';
COMMENT ON COLUMN projects.deleted_at IS 'When it was deleted; null means not.';
COMMENT ON COLUMN projects.created_at IS 'When the row was made.';
COMMENT ON COLUMN projects.updated_at IS 'When the row was last changed.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE projects;
