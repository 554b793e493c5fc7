-- A function remembers the first tenant that it saw on the connection.
-- leaked: context-left-over orders
-- leaked: context-switched orders
-- leaked: context-plan orders
-- settings: [tenancy]
-- settings: setting = "app.current_tenant_id"
CREATE ROLE context_remembered_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(current_setting('app.cached', true), '') = '' THEN
        PERFORM set_config('app.cached', current_setting('app.current_tenant_id', true), false);
    END IF;
    RETURN nullif(current_setting('app.cached', true), '')::uuid;
END $$;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_remembered_app
    USING (tenant_id = current_tenant());
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_remembered_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO context_remembered_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_remembered_app;
