-- A view of what all tenants share.
-- settings: [tenancy]
-- settings: shared = ["plans"]
CREATE ROLE view_of_shared_table_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_of_shared_table_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_of_shared_table_app;
CREATE TABLE plans (id int PRIMARY KEY, price int NOT NULL);
CREATE VIEW cheap_plans AS SELECT id, price FROM plans;
GRANT SELECT ON plans, cheap_plans TO view_of_shared_table_app;
