-- migration: 1_tenants
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

CREATE TABLE documents (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    title     text NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT documents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_of_tenant ON documents FOR ALL TO fh_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON documents TO fh_app;

-- migration: 2_archive
CREATE FOREIGN DATA WRAPPER fh_wrapper;
CREATE SERVER fh_archive FOREIGN DATA WRAPPER fh_wrapper;
CREATE FOREIGN TABLE archived_documents (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    title     text NOT NULL
) SERVER fh_archive;
GRANT SELECT ON archived_documents TO fh_app;
