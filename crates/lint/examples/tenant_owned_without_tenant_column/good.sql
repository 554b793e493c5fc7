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

-- option: shared countries
-- migration: 2_checks
SET LOCAL lock_timeout = '3s';

CREATE TABLE countries (
    id   uuid NOT NULL DEFAULT gen_random_uuid(),
    code text NOT NULL,
    CONSTRAINT countries_pkey PRIMARY KEY (id)
);

CREATE TABLE country_names (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    country_id uuid NOT NULL,
    name       text NOT NULL,
    CONSTRAINT country_names_pkey PRIMARY KEY (id),
    CONSTRAINT country_names_country_id_fkey FOREIGN KEY (country_id) REFERENCES countries (id)
);

CREATE INDEX idx_country_names_country_id ON country_names (country_id);
GRANT SELECT ON countries, country_names TO fh_app;
