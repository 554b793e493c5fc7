-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- +goose StatementEnd
COMMENT ON FUNCTION touch_updated_at() IS 'Trigger: stamps updated_at on every change of a row.';

REVOKE ALL ON FUNCTION touch_updated_at() FROM PUBLIC;

CREATE TABLE tenants (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    name       text        NOT NULL,
    slug       text        NOT NULL,
    currency   text        NOT NULL DEFAULT 'EUR',
    is_active  boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_slug_check CHECK (char_length(slug) BETWEEN 1 AND 63 AND slug = lower(slug)),
    CONSTRAINT tenants_currency_check CHECK (char_length(currency) = 3 AND currency = upper(currency))
);

CREATE TRIGGER tenants_touch_updated_at
    BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE tenants IS 'Shops that take orders; every other row belongs to one of them.';
COMMENT ON COLUMN tenants.id IS 'Key; the value that a session takes on in app.current_tenant_id.';
COMMENT ON COLUMN tenants.name IS 'Name of the shop.';
COMMENT ON COLUMN tenants.slug IS 'Short name in URLs, lower case, unique in the whole service.';
COMMENT ON COLUMN tenants.currency IS 'ISO 4217 code that the shop reckons in.';
COMMENT ON COLUMN tenants.is_active IS 'False closes the shop.';
COMMENT ON COLUMN tenants.created_at IS 'When the row was made.';
COMMENT ON COLUMN tenants.updated_at IS 'When the row was last changed.';

-- +goose Down
SET LOCAL lock_timeout = '2s';

DROP TABLE tenants;
DROP FUNCTION touch_updated_at();
