-- A function whose error is the same for what is not there and for what is another's.
CREATE ROLE function_same_error_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO function_same_error_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO function_same_error_app;
CREATE FUNCTION open_order(p_id uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found text;
BEGIN
    SELECT title INTO found FROM public.orders
        WHERE id = p_id AND tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid;
    IF found IS NULL THEN
        RAISE EXCEPTION 'there is no such order';
    END IF;
    RETURN found;
END $$;
