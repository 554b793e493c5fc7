-- migrate:up
CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION touch_updated_at() IS 'Trigger: stamps updated_at on every change of a row.';

REVOKE ALL ON FUNCTION touch_updated_at() FROM PUBLIC;

CREATE TABLE tenants (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    name       text        NOT NULL,
    slug       text        NOT NULL,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_slug_check CHECK (char_length(slug) BETWEEN 1 AND 63 AND slug = lower(slug))
);

-- A deleted tenant gives its slug back.
CREATE UNIQUE INDEX idx_tenants_slug ON tenants (slug) WHERE deleted_at IS NULL;

CREATE TRIGGER tenants_touch_updated_at
    BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE tenants IS 'Customers; every other row belongs to one of them.';
COMMENT ON COLUMN tenants.id IS 'Key; the value that a session takes on in app.current_tenant_id.';
COMMENT ON COLUMN tenants.name IS 'Name as the customer writes it.';
COMMENT ON COLUMN tenants.slug IS 'Short name in URLs, lower case, unique among living tenants.';
COMMENT ON COLUMN tenants.deleted_at IS 'When the customer left; null means it has not.';
COMMENT ON COLUMN tenants.created_at IS 'When the row was made.';
COMMENT ON COLUMN tenants.updated_at IS 'When the row was last changed.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE tenants;
DROP FUNCTION touch_updated_at();
