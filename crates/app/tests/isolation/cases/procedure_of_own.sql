-- A procedure that changes own rows alone.
CREATE ROLE procedure_of_own_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO procedure_of_own_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO procedure_of_own_app;
CREATE PROCEDURE rename(p_order_id uuid, p_title text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$UPDATE public.orders SET title = p_title || id WHERE id = p_order_id
        AND tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid$$;
