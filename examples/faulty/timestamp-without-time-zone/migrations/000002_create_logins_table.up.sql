SET LOCAL lock_timeout = '2s';

CREATE TABLE logins (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    login_at   timestamp   NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT logins_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT logins_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE logins FORCE ROW LEVEL SECURITY;
CREATE POLICY logins_of_tenant ON logins FOR ALL TO app_writer
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON logins TO app_writer;
