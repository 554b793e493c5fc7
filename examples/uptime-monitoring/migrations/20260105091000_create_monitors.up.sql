SET LOCAL lock_timeout = '2s';

CREATE TABLE monitors (
    id             uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id      uuid        NOT NULL,
    name           text        NOT NULL,
    url            text        NOT NULL,
    check_interval integer     NOT NULL DEFAULT 60,
    is_active      boolean     NOT NULL DEFAULT true,
    deleted_at     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT monitors_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT monitors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT monitors_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT monitors_url_check CHECK (char_length(url) BETWEEN 8 AND 2000),
    CONSTRAINT monitors_check_interval_check CHECK (check_interval BETWEEN 10 AND 86400)
);

-- A deleted monitor gives its name back.
CREATE UNIQUE INDEX idx_monitors_tenant_id_name ON monitors (tenant_id, name) WHERE deleted_at IS NULL;

CREATE TRIGGER monitors_touch_updated_at
    BEFORE UPDATE ON monitors
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE monitors IS 'Addresses that are checked, and how often.';
COMMENT ON COLUMN monitors.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN monitors.tenant_id IS 'The tenant that the monitor belongs to.';
COMMENT ON COLUMN monitors.name IS 'What the tenant calls it, unique among its living monitors.';
COMMENT ON COLUMN monitors.url IS 'The address that is asked.';
COMMENT ON COLUMN monitors.check_interval IS 'Seconds from one check to the next.';
COMMENT ON COLUMN monitors.is_active IS 'False pauses the monitor.';
COMMENT ON COLUMN monitors.deleted_at IS 'When it was deleted; null means it was not.';
COMMENT ON COLUMN monitors.created_at IS 'When the row was made.';
COMMENT ON COLUMN monitors.updated_at IS 'When the row was last changed.';
