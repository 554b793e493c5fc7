-- The inner view reads as its owner; the outer one as who asks.
-- leaked: around-view inner_titles
-- leaked: around-view outer_titles
CREATE ROLE view_on_view_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_on_view_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_on_view_app;
CREATE VIEW inner_titles AS SELECT tenant_id, title FROM orders;
CREATE VIEW outer_titles WITH (security_invoker = true) AS SELECT title FROM inner_titles;
GRANT SELECT ON inner_titles, outer_titles TO view_on_view_app;
