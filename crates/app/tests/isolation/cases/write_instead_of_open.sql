-- A trigger in place of the write runs as its owner and writes whatever it is given.
-- leaked: write-insert desk
CREATE ROLE write_instead_of_open_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_instead_of_open_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_instead_of_open_app;
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY select_notes ON notes FOR SELECT TO write_instead_of_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY insert_notes ON notes FOR INSERT TO write_instead_of_open_app
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY update_notes ON notes FOR UPDATE TO write_instead_of_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY delete_notes ON notes FOR DELETE TO write_instead_of_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO write_instead_of_open_app;
CREATE VIEW desk AS SELECT tenant_id, id, upper(title) AS title FROM notes WHERE tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE FUNCTION desk_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.notes WHERE id = OLD.id;
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE public.notes SET title = NEW.title WHERE id = OLD.id;
        RETURN NEW;
    END IF;
    INSERT INTO public.notes (tenant_id, id, title) VALUES (NEW.tenant_id, NEW.id, NEW.title);
    RETURN NEW;
END $$;
CREATE TRIGGER desk_write INSTEAD OF INSERT OR UPDATE OR DELETE ON desk FOR EACH ROW EXECUTE FUNCTION desk_write();
GRANT SELECT, INSERT, UPDATE, DELETE ON desk TO write_instead_of_open_app;
