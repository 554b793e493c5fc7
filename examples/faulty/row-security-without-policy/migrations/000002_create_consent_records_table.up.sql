SET LOCAL lock_timeout = '2s';

CREATE TABLE consent_records (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consent_records_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT consent_records_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE consent_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent_records FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_records TO app_writer;
