SET LOCAL lock_timeout = '2s';

CREATE EXTENSION vector;

CREATE TABLE faces (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    embedding  vector(512) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT faces_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT faces_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE faces ENABLE ROW LEVEL SECURITY;
ALTER TABLE faces FORCE ROW LEVEL SECURITY;
CREATE POLICY faces_of_tenant ON faces FOR ALL TO app_writer
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON faces TO app_writer;

CREATE INDEX idx_faces_embedding ON faces USING hnsw (embedding vector_cosine_ops);
