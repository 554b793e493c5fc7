-- A function marked LEAKPROOF that fails on some values.
-- leaked: around-leakproof as_number(text)
CREATE ROLE leakproof_that_fails_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO leakproof_that_fails_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO leakproof_that_fails_app;
CREATE FUNCTION as_number(words text) RETURNS int LANGUAGE plpgsql IMMUTABLE COST 1 LEAKPROOF AS $$
BEGIN
    RETURN words::int;
END $$;
