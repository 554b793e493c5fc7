-- A function that takes on the tenant that it is called with, and reads.
-- leaked: around-function titles(uuid)
CREATE ROLE function_takes_on_a_tenant_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO function_takes_on_a_tenant_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO function_takes_on_a_tenant_app;
CREATE FUNCTION titles(p_tenant uuid) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.current_tenant_id', p_tenant::text, true);
    RETURN QUERY SELECT title FROM orders;
END $$;
