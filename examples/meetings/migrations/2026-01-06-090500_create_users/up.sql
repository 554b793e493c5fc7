SET LOCAL lock_timeout = '2s';

CREATE TABLE users (
    user_id       uuid        NOT NULL DEFAULT gen_random_uuid(),
    org_id        uuid        NOT NULL,
    email         text        NOT NULL,
    display_name  text        NOT NULL,
    password_hash text        NOT NULL,
    is_active     boolean     NOT NULL DEFAULT true,
    last_login_at timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (org_id, user_id),
    CONSTRAINT users_org_id_email_key UNIQUE (org_id, email),
    CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (org_id),
    CONSTRAINT users_email_check CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 320),
    CONSTRAINT users_display_name_check CHECK (char_length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT users_password_hash_check CHECK (char_length(password_hash) >= 60)
);

CREATE TRIGGER users_touch_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE users IS 'People of an organisation who host and join meetings.';
COMMENT ON COLUMN users.user_id IS 'Key, unique within the organisation.';
COMMENT ON COLUMN users.org_id IS 'The organisation that the user belongs to.';
COMMENT ON COLUMN users.email IS 'Address in lower case; the name to log in with.';
COMMENT ON COLUMN users.display_name IS 'Name shown to the other participants.';
COMMENT ON COLUMN users.password_hash IS 'Argon2id or bcrypt hash in its own text form; never the password.';
COMMENT ON COLUMN users.is_active IS 'False keeps the user out.';
COMMENT ON COLUMN users.last_login_at IS 'Last login; null means never.';
COMMENT ON COLUMN users.created_at IS 'When the row was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row was last changed.';
