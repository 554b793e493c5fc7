-- Eight characters of a uuid are not the tenant.
-- leaked: read-* notes
-- leaked: context-malformed notes
-- leaked: context-plan notes
-- leaked: context-switched notes
-- held: read-lock notes
-- held: read-returning notes
CREATE ROLE read_prefix_of_a_uuid_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO read_prefix_of_a_uuid_app
    USING (left(tenant_id::text, 8) = left(nullif(current_setting('app.current_tenant_id', true), ''), 8));
GRANT SELECT ON notes TO read_prefix_of_a_uuid_app;
