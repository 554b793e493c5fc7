SET LOCAL lock_timeout = '2s';

-- Consent outlives the face (it proves that the face was lawful), so it names the person, not the face.
CREATE TABLE consent_records (
    id           uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id    uuid        NOT NULL,
    external_id  text        NOT NULL,
    consent_type text        NOT NULL,
    granted_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    ip_address   inet,
    user_agent   text,
    legal_basis  text        NOT NULL DEFAULT 'consent',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consent_records_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT consent_records_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT consent_records_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT consent_records_consent_type_check CHECK (consent_type IN ('FACE_REGISTRATION', 'FACE_VERIFICATION', 'DATA_RETENTION')),
    CONSTRAINT consent_records_expires_at_check CHECK (expires_at > granted_at),
    CONSTRAINT consent_records_revoked_at_check CHECK (revoked_at >= granted_at)
);

-- One living consent of a kind for a person; withdrawn ones stay as history.
CREATE UNIQUE INDEX idx_consent_records_tenant_id_external_id_consent_type
    ON consent_records (tenant_id, external_id, consent_type)
    WHERE revoked_at IS NULL;

CREATE TRIGGER consent_records_touch_updated_at
    BEFORE UPDATE ON consent_records
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

ALTER TABLE consent_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent_records FORCE ROW LEVEL SECURITY;
CREATE POLICY consent_records_of_tenant ON consent_records
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

GRANT SELECT ON consent_records TO app_reader;
GRANT SELECT, INSERT, UPDATE ON consent_records TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON consent_records TO app_admin;

COMMENT ON TABLE consent_records IS 'What a person has agreed to, since when and on which legal basis.';
COMMENT ON COLUMN consent_records.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN consent_records.tenant_id IS 'The tenant that asked for consent.';
COMMENT ON COLUMN consent_records.external_id IS 'The tenant''s own id of the person, as in faces.external_id.';
COMMENT ON COLUMN consent_records.consent_type IS 'What was agreed to.';
COMMENT ON COLUMN consent_records.granted_at IS 'When the person agreed.';
COMMENT ON COLUMN consent_records.expires_at IS 'Until when; null means until withdrawn.';
COMMENT ON COLUMN consent_records.revoked_at IS 'When it was withdrawn; null means it was not.';
COMMENT ON COLUMN consent_records.ip_address IS 'Where the consent came from.';
COMMENT ON COLUMN consent_records.user_agent IS 'The program that the consent came from.';
COMMENT ON COLUMN consent_records.legal_basis IS 'The ground on which the data may be held.';
COMMENT ON COLUMN consent_records.created_at IS 'When the row was made.';
COMMENT ON COLUMN consent_records.updated_at IS 'When the row was last changed.';
COMMENT ON POLICY consent_records_of_tenant ON consent_records IS 'A session sees and writes rows of its own tenant; without one, none.';
