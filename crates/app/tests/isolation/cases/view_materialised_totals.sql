-- A materialised view of totals per tenant, which the application may not read.
CREATE ROLE view_materialised_totals_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_materialised_totals_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_materialised_totals_app;
CREATE MATERIALIZED VIEW all_totals AS SELECT tenant_id, count(*) AS orders FROM orders GROUP BY tenant_id;
CREATE VIEW own_totals WITH (security_barrier) AS SELECT orders FROM all_totals WHERE tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT ON own_totals TO view_materialised_totals_app;
