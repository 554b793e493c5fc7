SET LOCAL lock_timeout = '2s';

CREATE TABLE verification_logs (
    id          uuid             NOT NULL DEFAULT gen_random_uuid(),
    tenant_id   uuid             NOT NULL,
    face_id     uuid,
    external_id text,
    verified    boolean          NOT NULL DEFAULT false,
    confidence  double precision NOT NULL DEFAULT 0,
    latency_ms  integer          NOT NULL DEFAULT 0,
    provider    text             NOT NULL DEFAULT 'internal',
    error_code  text,
    created_at  timestamptz      NOT NULL DEFAULT now(),
    updated_at  timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT verification_logs_pkey PRIMARY KEY (tenant_id, id, created_at),
    CONSTRAINT verification_logs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT verification_logs_face_id_fkey FOREIGN KEY (tenant_id, face_id) REFERENCES faces (tenant_id, id)
        ON DELETE SET NULL (face_id),
    CONSTRAINT verification_logs_confidence_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT verification_logs_latency_ms_check CHECK (latency_ms >= 0)
) PARTITION BY RANGE (created_at);

CREATE INDEX idx_verification_logs_tenant_id_external_id_created_at ON verification_logs (tenant_id, external_id, created_at);
CREATE INDEX idx_verification_logs_tenant_id_face_id ON verification_logs (tenant_id, face_id);
CREATE INDEX idx_verification_logs_created_at ON verification_logs USING brin (created_at);

ALTER TABLE verification_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE verification_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY verification_logs_of_tenant ON verification_logs
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

-- Append-only for the application; app_admin may blank a person on request.
GRANT SELECT ON verification_logs TO app_reader;
GRANT SELECT, INSERT ON verification_logs TO app_writer;
GRANT SELECT, UPDATE (external_id, updated_at) ON verification_logs TO app_admin;

COMMENT ON TABLE verification_logs IS 'One row for each verification or identification; append-only, one partition a month.';
COMMENT ON COLUMN verification_logs.id IS 'Key, together with the tenant and created_at.';
COMMENT ON COLUMN verification_logs.tenant_id IS 'The tenant that asked.';
COMMENT ON COLUMN verification_logs.face_id IS 'The face compared with; null when none was found or it was erased.';
COMMENT ON COLUMN verification_logs.external_id IS 'The tenant''s id of the person; null for 1:N without a hit, and after erasure.';
COMMENT ON COLUMN verification_logs.verified IS 'True when the face was accepted.';
COMMENT ON COLUMN verification_logs.confidence IS 'Similarity, 0 to 1.';
COMMENT ON COLUMN verification_logs.latency_ms IS 'Milliseconds from request to answer.';
COMMENT ON COLUMN verification_logs.provider IS 'Which engine compared.';
COMMENT ON COLUMN verification_logs.error_code IS 'Why there was no answer; null when there was one.';
COMMENT ON COLUMN verification_logs.created_at IS 'When it happened; decides the partition.';
COMMENT ON COLUMN verification_logs.updated_at IS 'Equals created_at unless a person was erased from the row.';
COMMENT ON POLICY verification_logs_of_tenant ON verification_logs IS 'A session sees and writes rows of its own tenant; without one, none.';
