-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE users (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id     uuid        NOT NULL,
    email         text        NOT NULL,
    full_name     text        NOT NULL,
    password_hash text        NOT NULL,
    role          text        NOT NULL DEFAULT 'member',
    deleted_at    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT users_email_check CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 320),
    CONSTRAINT users_full_name_check CHECK (char_length(full_name) BETWEEN 1 AND 200),
    CONSTRAINT users_password_hash_check CHECK (char_length(password_hash) >= 60),
    CONSTRAINT users_role_check CHECK (role IN ('owner', 'member', 'guest'))
);

-- A deleted user gives the address back.
CREATE UNIQUE INDEX idx_users_tenant_id_email ON users (tenant_id, email) WHERE deleted_at IS NULL;

CREATE TRIGGER users_touch_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE users IS 'People of a tenant who log in.';
COMMENT ON COLUMN users.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN users.tenant_id IS 'The tenant that the user belongs to.';
COMMENT ON COLUMN users.email IS 'Address in lower case; unique among the tenant''s living users.';
COMMENT ON COLUMN users.full_name IS 'Name as the user writes it.';
COMMENT ON COLUMN users.password_hash IS 'Argon2id or bcrypt hash in its own text form; never the password.';
COMMENT ON COLUMN users.role IS 'What the user may do within the tenant.';
COMMENT ON COLUMN users.deleted_at IS 'When the user was deleted; null means not.';
COMMENT ON COLUMN users.created_at IS 'When the row was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row was last changed.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE users;
