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
    CONSTRAINT tenants_status_check CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'DELETED')),
    CONSTRAINT tenants_plan_check CHECK (plan IN ('STARTER', 'PRO', 'ENTERPRISE'))
);
