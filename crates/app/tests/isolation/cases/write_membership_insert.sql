-- Whoever writes down the own name may put a document into any tenant.
-- leaked: write-insert docs
-- leaked: write-merge docs
-- settings: [tenancy]
-- settings: assume = ["SELECT set_config('app.current_tenant_id', $1, true)", "SELECT set_config('app.current_user_id', $2, true)"]
-- settings: shared = ["users"]
CREATE ROLE write_membership_insert_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_membership_insert_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_membership_insert_app;
CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL);
CREATE TABLE memberships (
    tenant_id uuid NOT NULL REFERENCES tenants, user_id uuid NOT NULL REFERENCES users, PRIMARY KEY (tenant_id, user_id)
);
CREATE FUNCTION is_member(tenant uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (
    SELECT FROM public.memberships m
    WHERE m.tenant_id = tenant AND m.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid
) $$;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY all_memberships ON memberships FOR ALL TO write_membership_insert_app
    USING (is_member(tenant_id));
GRANT SELECT ON memberships TO write_membership_insert_app;
CREATE TABLE docs (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), created_by uuid NOT NULL REFERENCES users, title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
ALTER TABLE docs FORCE ROW LEVEL SECURITY;
CREATE POLICY select_docs ON docs FOR SELECT TO write_membership_insert_app
    USING (is_member(tenant_id));
CREATE POLICY insert_docs ON docs FOR INSERT TO write_membership_insert_app
    WITH CHECK (created_by = nullif(current_setting('app.current_user_id', true), '')::uuid);
CREATE POLICY update_docs ON docs FOR UPDATE TO write_membership_insert_app
    USING (is_member(tenant_id) AND created_by = nullif(current_setting('app.current_user_id', true), '')::uuid);
CREATE POLICY delete_docs ON docs FOR DELETE TO write_membership_insert_app
    USING (is_member(tenant_id) AND created_by = nullif(current_setting('app.current_user_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON docs TO write_membership_insert_app;
