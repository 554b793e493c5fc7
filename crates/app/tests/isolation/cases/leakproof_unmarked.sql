-- The same without the mark.
CREATE ROLE leakproof_unmarked_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO leakproof_unmarked_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO leakproof_unmarked_app;
CREATE FUNCTION is_short(words text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 1  AS $$
BEGIN
    RAISE NOTICE 'measuring %', words;
    RETURN length(words) < 10;
END $$;
