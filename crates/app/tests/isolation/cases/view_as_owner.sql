-- A view reads with the rights of its owner, whom no policy binds.
-- leaked: around-view order_titles
CREATE ROLE view_as_proprietor_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_as_proprietor_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_as_proprietor_app;
CREATE VIEW order_titles AS SELECT tenant_id, id, title FROM orders;
GRANT SELECT ON order_titles TO view_as_proprietor_app;
