-- Tables without a primary key: one with a policy, one without.
-- leaked: read-* clicks
-- leaked: around-statistics clicks
-- leaked: context-empty clicks
-- leaked: context-left-over clicks
-- leaked: context-malformed clicks
-- leaked: context-none clicks
-- leaked: context-plan clicks
-- leaked: context-reset clicks
-- leaked: context-switched clicks
-- held: read-lock clicks
-- held: read-returning clicks
CREATE ROLE read_without_primary_key_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_without_primary_key_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_without_primary_key_app;
CREATE TABLE visits (tenant_id uuid NOT NULL REFERENCES tenants, page text NOT NULL, seen boolean);
CREATE TABLE clicks (tenant_id uuid NOT NULL REFERENCES tenants, page text NOT NULL, seen boolean);
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE visits FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON visits TO read_without_primary_key_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON visits, clicks TO read_without_primary_key_app;
