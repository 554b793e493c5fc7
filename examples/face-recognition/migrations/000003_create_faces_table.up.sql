SET LOCAL lock_timeout = '2s';

CREATE TABLE faces (
    id                    uuid             NOT NULL DEFAULT gen_random_uuid(),
    tenant_id             uuid             NOT NULL,
    external_id           text             NOT NULL,
    embedding             vector(512),
    embedding_encrypted   bytea,
    embedding_key_version smallint         NOT NULL DEFAULT 1,
    quality_score         double precision NOT NULL DEFAULT 0,
    liveness_verified     boolean          NOT NULL DEFAULT false,
    metadata              jsonb            NOT NULL DEFAULT '{}',
    created_at            timestamptz      NOT NULL DEFAULT now(),
    updated_at            timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT faces_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT faces_tenant_id_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT faces_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT faces_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT faces_embedding_key_version_check CHECK (embedding_key_version > 0),
    CONSTRAINT faces_quality_score_check CHECK (quality_score BETWEEN 0 AND 1),
    CONSTRAINT faces_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);

CREATE TRIGGER faces_touch_updated_at
    BEFORE UPDATE ON faces
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE faces IS 'Registered faces: one row for each person that a tenant knows by an id of its own.';
COMMENT ON COLUMN faces.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN faces.tenant_id IS 'The tenant that the face belongs to.';
COMMENT ON COLUMN faces.external_id IS 'The tenant''s own id of the person.';
COMMENT ON COLUMN faces.embedding IS 'Readable embedding; only for tenants that asked for 1:N search, else null.';
COMMENT ON COLUMN faces.embedding_encrypted IS 'The embedding as AES-256-GCM bytes: nonce, cipher text, tag. Readable only with the key.';
COMMENT ON COLUMN faces.embedding_key_version IS 'Which version of the key encrypted the bytes; rotation counts it up row by row.';
COMMENT ON COLUMN faces.quality_score IS 'Quality of the picture, 0 (useless) to 1 (perfect).';
COMMENT ON COLUMN faces.liveness_verified IS 'True when a liveness check was passed at registration.';
COMMENT ON COLUMN faces.metadata IS 'What the tenant wants to keep beside the face.';
COMMENT ON COLUMN faces.created_at IS 'When the row was made.';
COMMENT ON COLUMN faces.updated_at IS 'When the row was last changed.';
