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

CREATE TABLE organizations (
    org_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
    name       text        NOT NULL,
    slug       text        NOT NULL,
    is_active  boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT organizations_pkey PRIMARY KEY (org_id),
    CONSTRAINT organizations_slug_key UNIQUE (slug),
    CONSTRAINT organizations_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT organizations_slug_check CHECK (char_length(slug) BETWEEN 1 AND 63 AND slug = lower(slug))
);

CREATE TRIGGER organizations_touch_updated_at
    BEFORE UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE organizations IS 'Customers; every other row belongs to one of them.';
COMMENT ON COLUMN organizations.org_id IS 'Key; the value that a session takes on in app.current_org_id.';
COMMENT ON COLUMN organizations.name IS 'Name as the customer writes it.';
COMMENT ON COLUMN organizations.slug IS 'Short name in join links, lower case, unique in the whole service.';
COMMENT ON COLUMN organizations.is_active IS 'False closes the organisation to everybody.';
COMMENT ON COLUMN organizations.created_at IS 'When the row was made.';
COMMENT ON COLUMN organizations.updated_at IS 'When the row was last changed.';
