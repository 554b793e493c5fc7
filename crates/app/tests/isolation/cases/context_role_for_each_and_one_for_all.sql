-- A role for each tenant, which the application's role takes on; they can become one that reads all.
-- leaked: around-function place_of(text)
-- leaked: around-role the database (role_for_each_2_all)
-- settings: [tenancy]
-- settings: role = "role_for_each_2_app"
-- settings: assume = ["SELECT set_config('role', 'role_for_each_2_' || place_of($1), true)"]
CREATE ROLE role_for_each_2_app NOINHERIT;
CREATE ROLE role_for_each_2_1 NOINHERIT;
CREATE ROLE role_for_each_2_2 NOINHERIT;
CREATE ROLE role_for_each_2_3 NOINHERIT;
GRANT role_for_each_2_1, role_for_each_2_2, role_for_each_2_3 TO role_for_each_2_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE FUNCTION place_of(tenant text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT (SELECT count(*)::text FROM public.tenants other WHERE other.id <= own.id) FROM public.tenants own WHERE own.id::text = tenant
$$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (place_of(id::text) = right(current_user, 1));
CREATE POLICY own ON orders TO role_for_each_2_1, role_for_each_2_2, role_for_each_2_3 USING (place_of(tenant_id::text) = right(current_user, 1));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO role_for_each_2_1, role_for_each_2_2, role_for_each_2_3;
CREATE ROLE role_for_each_2_all;
GRANT SELECT ON orders TO role_for_each_2_all;
CREATE POLICY everything ON orders FOR SELECT TO role_for_each_2_all USING (true);
GRANT role_for_each_2_all TO role_for_each_2_1, role_for_each_2_2, role_for_each_2_3;
