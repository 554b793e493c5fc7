-- A function whose error differs by whether the row is there.
-- leaked: around-function open_order(uuid)
CREATE ROLE function_tells_by_error_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO function_tells_by_error_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO function_tells_by_error_app;
CREATE FUNCTION open_order(p_id uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    o public.orders;
BEGIN
    SELECT * INTO o FROM public.orders WHERE id = p_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such order';
    END IF;
    IF o.tenant_id IS DISTINCT FROM nullif(current_setting('app.current_tenant_id', true), '')::uuid THEN
        RAISE EXCEPTION 'that order is another customer''s';
    END IF;
    RETURN o.title;
END $$;
