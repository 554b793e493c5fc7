-- A log that may only be written, without policies.
-- leaked: write-insert audit_log
-- leaked: write-merge audit_log
-- leaked: write-copy audit_log
CREATE ROLE write_only_inserts_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_only_inserts_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_only_inserts_app;
CREATE TABLE audit_log (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
GRANT INSERT ON audit_log TO write_only_inserts_app;
