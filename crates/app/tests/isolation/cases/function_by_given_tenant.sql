-- A function that believes the tenant that it is called with.
-- leaked: around-function titles(uuid, integer)
CREATE ROLE function_by_given_tenant_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO function_by_given_tenant_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO function_by_given_tenant_app;
CREATE FUNCTION titles(p_tenant uuid, p_limit int DEFAULT 10) RETURNS TABLE (id uuid, title text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT o.id, o.title FROM public.orders o WHERE o.tenant_id = p_tenant LIMIT p_limit';
