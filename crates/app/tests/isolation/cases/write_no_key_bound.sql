-- A table without a primary key, with a policy.
CREATE ROLE write_no_key_bound_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_no_key_bound_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_no_key_bound_app;
CREATE TABLE hits (tenant_id uuid NOT NULL REFERENCES tenants, path text NOT NULL, at timestamptz NOT NULL DEFAULT now());
ALTER TABLE hits ENABLE ROW LEVEL SECURITY;
ALTER TABLE hits FORCE ROW LEVEL SECURITY;
CREATE POLICY all_hits ON hits FOR ALL TO write_no_key_bound_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON hits TO write_no_key_bound_app;
