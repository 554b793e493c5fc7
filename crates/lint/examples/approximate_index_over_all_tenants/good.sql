-- option: extension vector
-- migration: 1_tenants
CREATE EXTENSION vector;
CREATE ROLE fh_app NOLOGIN;

CREATE TABLE tenants (
    id   uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (id)
);

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_own_row ON tenants FOR SELECT TO fh_app
    USING (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO fh_app;

CREATE TABLE pictures (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    embedding vector(512) NOT NULL,
    CONSTRAINT pictures_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT pictures_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE pictures ENABLE ROW LEVEL SECURITY;
ALTER TABLE pictures FORCE ROW LEVEL SECURITY;
CREATE POLICY pictures_of_tenant ON pictures FOR ALL TO fh_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON pictures TO fh_app;

-- The one large tenant; the others are searched exactly, by the key that begins with the tenant.
CREATE INDEX idx_pictures_embedding_large ON pictures USING hnsw (embedding vector_cosine_ops)
    WHERE tenant_id = '5f0c1d6e-3c53-4a5b-9d0e-0f2f4a6b8c01';
