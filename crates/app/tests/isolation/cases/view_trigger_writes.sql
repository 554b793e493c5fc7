-- A trigger on a view writes wherever it is told.
-- leaked: write-insert own_orders
CREATE ROLE view_trigger_writes_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO view_trigger_writes_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO view_trigger_writes_app;
CREATE VIEW own_orders WITH (security_invoker) AS SELECT tenant_id, id, title FROM orders;
CREATE FUNCTION write_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.orders (tenant_id, id, title) VALUES (NEW.tenant_id, gen_random_uuid(), NEW.title);
    RETURN NEW;
END $$;
CREATE TRIGGER write_order INSTEAD OF INSERT ON own_orders FOR EACH ROW EXECUTE FUNCTION write_order();
GRANT SELECT, INSERT ON own_orders TO view_trigger_writes_app;
