CREATE ROLE fh_app NOLOGIN;

CREATE TABLE tenants (
    id   uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id)
);

CREATE TABLE comments (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    body      text NOT NULL,
    CONSTRAINT comments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT comments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY comments_of_tenant ON comments FOR ALL TO fh_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON comments TO fh_app;
GRANT SELECT ON tenants TO fh_app;
