-- Expand: the new column stands beside the old one, and a trigger writes both, whichever the running code writes.

-- +goose Up
SET LOCAL lock_timeout = '2s';

ALTER TABLE users ADD COLUMN display_name text;

-- +goose StatementBegin
CREATE FUNCTION write_name_and_display_name() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name IS DISTINCT FROM OLD.name AND NEW.display_name IS NOT DISTINCT FROM OLD.display_name THEN
        NEW.display_name := NEW.name; -- old code
    ELSIF TG_OP = 'UPDATE' AND NEW.display_name IS DISTINCT FROM OLD.display_name THEN
        NEW.name := coalesce(NEW.display_name, NEW.name); -- new code
    END IF;
    NEW.display_name := coalesce(NEW.display_name, NEW.name);
    NEW.name := coalesce(NEW.name, NEW.display_name);
    RETURN NEW;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION write_name_and_display_name() FROM PUBLIC;

CREATE TRIGGER users_write_name_and_display_name
    BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION write_name_and_display_name();

COMMENT ON COLUMN users.display_name IS 'Name shown to people; takes the place of name.';
COMMENT ON FUNCTION write_name_and_display_name() IS 'Trigger: keeps name and display_name equal while code of both kinds is running.';

-- +goose Down
SET LOCAL lock_timeout = '2s';

DROP TRIGGER users_write_name_and_display_name ON users;
DROP FUNCTION write_name_and_display_name();
ALTER TABLE users DROP COLUMN display_name;
