-- A table without a primary key, without policies.
-- leaked: write-update hits
-- leaked: write-delete hits
-- leaked: write-insert hits
-- leaked: write-take hits
-- leaked: write-move hits
-- leaked: write-merge hits
-- leaked: write-copy hits
-- leaked: read-* hits
-- leaked: around-statistics hits
-- leaked: context-empty hits
-- leaked: context-left-over hits
-- leaked: context-malformed hits
-- leaked: context-none hits
-- leaked: context-plan hits
-- leaked: context-reset hits
-- leaked: context-switched hits
CREATE ROLE write_no_key_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_no_key_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_no_key_app;
CREATE TABLE hits (tenant_id uuid NOT NULL REFERENCES tenants, path text NOT NULL, at timestamptz NOT NULL DEFAULT now());
GRANT SELECT, INSERT, UPDATE, DELETE ON hits TO write_no_key_app;
