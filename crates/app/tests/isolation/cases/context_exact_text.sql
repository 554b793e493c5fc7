-- A text is compared as it is.
CREATE ROLE context_exact_text_app;
CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    tenant_id text NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO context_exact_text_app
    USING (tenant_id = current_setting('app.current_tenant_id', true));
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO context_exact_text_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::text));
GRANT SELECT ON tenants TO context_exact_text_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO context_exact_text_app;
