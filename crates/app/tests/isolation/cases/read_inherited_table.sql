-- A child by inheritance has no policies of its own; its parent has.
-- leaked: read-* archived_orders
-- leaked: around-statistics archived_orders
-- leaked: context-empty archived_orders
-- leaked: context-left-over archived_orders
-- leaked: context-malformed archived_orders
-- leaked: context-none archived_orders
-- leaked: context-plan archived_orders
-- leaked: context-reset archived_orders
-- leaked: context-switched archived_orders
-- held: read-lock archived_orders
-- held: read-returning archived_orders
CREATE ROLE read_inherited_table_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_inherited_table_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_inherited_table_app;
CREATE TABLE archived_orders (archived_at timestamptz DEFAULT now(), PRIMARY KEY (tenant_id, id)) INHERITS (orders);
GRANT SELECT ON archived_orders TO read_inherited_table_app;
