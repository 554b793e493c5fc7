CREATE TABLE faces (
    id                  uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id           uuid        NOT NULL,
    external_id         text        NOT NULL,
    embedding           vector(512),
    embedding_encrypted bytea,
    quality_score       real        NOT NULL DEFAULT 0,
    liveness_verified   boolean              DEFAULT false,
    metadata            jsonb       NOT NULL DEFAULT '{}',
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT faces_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT faces_tenant_id_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT faces_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);
