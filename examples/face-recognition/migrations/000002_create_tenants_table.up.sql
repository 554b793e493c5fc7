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
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    name          text        NOT NULL,
    slug          text        NOT NULL,
    status        text        NOT NULL DEFAULT 'PENDING',
    plan          text        NOT NULL DEFAULT 'STARTER',
    config        jsonb       NOT NULL DEFAULT '{}',
    quotas        jsonb       NOT NULL DEFAULT '{}',
    contact_email text        NOT NULL,
    billing_email text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_slug_check CHECK (char_length(slug) BETWEEN 1 AND 63 AND slug = lower(slug)),
    CONSTRAINT tenants_status_check CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'DELETED')),
    CONSTRAINT tenants_plan_check CHECK (plan IN ('STARTER', 'PRO', 'ENTERPRISE')),
    CONSTRAINT tenants_config_check CHECK (jsonb_typeof(config) = 'object'),
    CONSTRAINT tenants_quotas_check CHECK (jsonb_typeof(quotas) = 'object')
);

CREATE TRIGGER tenants_touch_updated_at
    BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE tenants IS 'Customers of the service; every other row belongs to one of them.';
COMMENT ON COLUMN tenants.id IS 'Key; the value that a session takes on in app.current_tenant_id.';
COMMENT ON COLUMN tenants.name IS 'Name as the customer writes it.';
COMMENT ON COLUMN tenants.slug IS 'Short name in URLs, lower case, unique in the whole service.';
COMMENT ON COLUMN tenants.status IS 'Only ACTIVE tenants are served; DELETED ones wait for erasure.';
COMMENT ON COLUMN tenants.plan IS 'What the customer pays for; decides quotas and rate limits.';
COMMENT ON COLUMN tenants.config IS 'Switches such as the similarity threshold and whether 1:N search is wanted.';
COMMENT ON COLUMN tenants.quotas IS 'Limits that differ from those of the plan.';
COMMENT ON COLUMN tenants.contact_email IS 'Where technical notices go.';
COMMENT ON COLUMN tenants.billing_email IS 'Where invoices go; null means contact_email.';
COMMENT ON COLUMN tenants.created_at IS 'When the row was made.';
COMMENT ON COLUMN tenants.updated_at IS 'When the row was last changed.';
