-- The context is signed with a word that the session does not know.
-- settings: [tenancy]
-- settings: untrusted_sql = true
-- settings: setting = "app.signed"
-- settings: shared = ["secrets"]
-- settings: assume = ["SELECT set_config('app.signed', $1 || '.' || md5('s3cret' || $1), true)"]
CREATE ROLE attacker_signed_context_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE secrets (word text NOT NULL);
INSERT INTO secrets VALUES ('s3cret');
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE told text := coalesce(current_setting('app.signed', true), ''); key text := split_part(told, '.', 1);
BEGIN
    IF split_part(told, '.', 2) = (SELECT md5(word || key) FROM secrets) THEN
        RETURN nullif(key, '')::uuid;
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO attacker_signed_context_app
    USING (tenant_id = current_tenant());
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO attacker_signed_context_app
    USING (id = current_tenant());
GRANT SELECT ON tenants TO attacker_signed_context_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO attacker_signed_context_app;
