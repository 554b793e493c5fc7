-- A function that runs as its owner finds a temporary view of the caller's in the place of a table.
-- leaked: around-search-path own_titles()
CREATE ROLE search_path_not_fixed_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO search_path_not_fixed_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO search_path_not_fixed_app;
CREATE FUNCTION own_titles() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
    AS $$SELECT title FROM orders WHERE tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid$$;
