SET LOCAL lock_timeout = '2s';

CREATE TABLE monitors (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT monitors_pkey PRIMARY KEY (id),
    CONSTRAINT monitors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

CREATE INDEX idx_monitors_tenant_id ON monitors (tenant_id);

ALTER TABLE monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY monitors_of_tenant ON monitors FOR ALL TO app_writer
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON monitors TO app_writer;

CREATE TABLE monitor_checks (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    monitor_id uuid        NOT NULL,
    status     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT monitor_checks_pkey PRIMARY KEY (id),
    CONSTRAINT monitor_checks_monitor_id_fkey FOREIGN KEY (monitor_id) REFERENCES monitors (id)
);

CREATE INDEX idx_monitor_checks_monitor_id ON monitor_checks (monitor_id);
GRANT SELECT, INSERT ON monitor_checks TO app_writer;
