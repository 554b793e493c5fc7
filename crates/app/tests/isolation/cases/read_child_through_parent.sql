-- A child without a tenant column, with a policy through its parent; another without any.
-- leaked: read-* remarks
-- leaked: around-statistics remarks
-- leaked: context-empty remarks
-- leaked: context-left-over remarks
-- leaked: context-malformed remarks
-- leaked: context-none remarks
-- leaked: context-plan remarks
-- leaked: context-reset remarks
-- leaked: context-switched remarks
-- held: read-lock remarks
-- held: read-returning remarks
CREATE ROLE read_child_through_parent_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_child_through_parent_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_child_through_parent_app;
CREATE TABLE lines (
    id uuid PRIMARY KEY, tenant_id uuid NOT NULL, order_id uuid NOT NULL, n int,
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE TABLE comments (id uuid PRIMARY KEY, line_id uuid NOT NULL REFERENCES lines, body text);
CREATE TABLE remarks (id uuid PRIMARY KEY, line_id uuid NOT NULL REFERENCES lines, body text);
ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE lines FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON lines TO read_child_through_parent_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON comments TO read_child_through_parent_app USING (EXISTS (SELECT FROM lines l WHERE l.id = line_id));
GRANT SELECT ON lines, comments, remarks TO read_child_through_parent_app;
