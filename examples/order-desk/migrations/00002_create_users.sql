-- +goose Up
SET LOCAL lock_timeout = '2s';

CREATE TABLE users (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    email      text        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_email_key UNIQUE (tenant_id, email),
    CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT users_email_check CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 320)
);

CREATE TRIGGER users_touch_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE users IS 'Customers of a shop.';
COMMENT ON COLUMN users.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN users.tenant_id IS 'The shop.';
COMMENT ON COLUMN users.email IS 'Address in lower case, unique within the shop.';
COMMENT ON COLUMN users.name IS 'Name as the customer writes it.';
COMMENT ON COLUMN users.created_at IS 'When the row was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row was last changed.';

-- +goose Down
SET LOCAL lock_timeout = '2s';

DROP TABLE users;
