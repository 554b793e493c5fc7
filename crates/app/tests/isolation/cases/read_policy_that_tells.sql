-- A function in the policy tells of the rows that it looks at.
-- leaked: read-oracle orders
CREATE ROLE read_policy_that_tells_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_policy_that_tells_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_policy_that_tells_app;
CREATE FUNCTION is_own(tenant uuid, title text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE NOTICE 'looking at %', title;
    RETURN tenant = nullif(current_setting('app.current_tenant_id', true), '')::uuid;
END $$;
ALTER POLICY own ON orders USING (is_own(tenant_id, title));
