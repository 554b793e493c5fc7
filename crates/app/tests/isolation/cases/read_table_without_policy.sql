-- One table was forgotten: no row security at all.
-- leaked: read-* notes
-- leaked: write-update notes
-- leaked: write-delete notes
-- leaked: write-insert notes
-- leaked: write-take notes
-- leaked: write-move notes
-- leaked: write-upsert notes
-- leaked: write-merge notes
-- leaked: write-copy notes
-- leaked: context-none notes
-- leaked: context-empty notes
-- leaked: context-malformed notes
-- leaked: context-reset notes
-- leaked: context-left-over notes
-- leaked: context-switched notes
-- leaked: context-plan notes
-- leaked: around-statistics notes
CREATE ROLE forgotten_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE notes (tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO forgotten_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders, notes TO forgotten_app;
