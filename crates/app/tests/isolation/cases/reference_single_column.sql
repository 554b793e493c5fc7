-- A line of one tenant can refer to another tenant's order: the foreign key does not carry the tenant.
-- leaked: reference-foreign-key order_lines (order_lines_order_id_fkey)
-- leaked: write-cascade orders (order_lines_order_id_fkey)
CREATE ROLE reference_single_column_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL REFERENCES tenants, title text NOT NULL);
CREATE TABLE order_lines (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL REFERENCES tenants,
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE, quantity int NOT NULL
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO reference_single_column_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY own ON order_lines TO reference_single_column_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders, order_lines TO reference_single_column_app;
