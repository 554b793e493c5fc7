-- case: Row security holds for the owner, too, once a loop has forced it.
-- fears: row-security-not-forced
-- depths: rehearsal
-- option: tenant-column tenant_id
-- migration: 1_a
CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, body text);
CREATE INDEX ON notes (tenant_id);
CREATE TABLE tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, body text);
CREATE INDEX ON tags (tenant_id);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE tags FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tags USING (tenant_id = nullif(current_setting('app.tenant', true), '')::bigint);
CREATE POLICY own ON notes USING (tenant_id = nullif(current_setting('app.tenant', true), '')::bigint);
-- harmless:
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['notes'] LOOP
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
END LOOP; END $$;
-- hazard:
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['tags'] LOOP
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
END LOOP; END $$;
