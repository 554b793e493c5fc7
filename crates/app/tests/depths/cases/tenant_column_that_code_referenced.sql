-- case: The column that names the tenant refers to it once code has added the constraint.
-- fears: tenant-column-without-foreign-key
-- depths: rehearsal
-- option: tenant-column tenant_id
-- migration: 1_a
CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, body text);
CREATE INDEX ON notes (tenant_id);
CREATE TABLE tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, body text);
CREATE INDEX ON tags (tenant_id);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
-- harmless:
DO $$ DECLARE t text; BEGIN FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relkind = 'r' AND c.relname IN ('tags') LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))', t);
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (tenant_id) REFERENCES tenants', t);
END LOOP; END $$;
-- hazard:
DO $$ DECLARE t text; BEGIN FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relkind = 'r' AND c.relname IN ('tags') LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))', t);
    EXECUTE format('ALTER TABLE %I ADD CHECK (tenant_id > 0)', t);
END LOOP; END $$;
