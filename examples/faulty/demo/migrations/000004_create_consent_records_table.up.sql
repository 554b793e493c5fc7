CREATE TABLE consent_records (
    id           uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id    uuid        NOT NULL,
    external_id  text        NOT NULL,
    consent_type text        NOT NULL,
    granted_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consent_records_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT consent_records_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT consent_records_consent_type_check CHECK (consent_type IN ('FACE_REGISTRATION', 'FACE_VERIFICATION', 'DATA_RETENTION'))
);
