-- Everybody sees the list of tenants.
-- leaked: read-* tenants
-- leaked: around-statistics tenants
-- leaked: context-empty tenants
-- leaked: context-left-over tenants
-- leaked: context-malformed tenants
-- leaked: context-none tenants
-- leaked: context-plan tenants
-- leaked: context-reset tenants
-- leaked: context-switched tenants
-- held: read-lock tenants
-- held: read-returning tenants
CREATE ROLE read_top_open_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_top_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_top_open_app;
GRANT SELECT ON tenants TO read_top_open_app;
