SET LOCAL lock_timeout = '2s';

CREATE TABLE audit_log (
    id           uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id    uuid        NOT NULL,
    table_name   text        NOT NULL,
    row_id       uuid        NOT NULL,
    action       text        NOT NULL,
    old_values   jsonb,
    new_values   jsonb,
    acting_role  text        NOT NULL DEFAULT current_user,
    acting_user  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_log_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_log_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT audit_log_action_check CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

CREATE INDEX idx_audit_log_tenant_id_table_name_row_id_created_at ON audit_log (tenant_id, table_name, row_id, created_at);
CREATE INDEX idx_audit_log_created_at ON audit_log USING brin (created_at);

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_read ON audit_log
    FOR SELECT TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY audit_log_append ON audit_log
    FOR INSERT TO app_writer
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
-- app_admin makes tenants before a session can take one on.
CREATE POLICY audit_log_append_for_administration ON audit_log
    FOR INSERT TO app_admin
    WITH CHECK (true);
CREATE POLICY audit_log_erase ON audit_log
    FOR UPDATE TO app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

GRANT SELECT ON audit_log TO app_reader;
GRANT SELECT, INSERT ON audit_log TO app_writer;
GRANT SELECT, INSERT, UPDATE (old_values, new_values, updated_at) ON audit_log TO app_admin;

-- Runs with the rights of whoever made the change. The argument is the column that names the tenant; secrets and
-- embeddings are left out of what is kept.
CREATE FUNCTION record_audit() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    hidden text[] := ARRAY['embedding', 'embedding_encrypted', 'embedding_search', 'key_hash'];
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
    whole jsonb := coalesce(new_row, old_row);
BEGIN
    INSERT INTO audit_log (tenant_id, table_name, row_id, action, old_values, new_values, acting_user)
    VALUES ((whole ->> TG_ARGV[0])::uuid, TG_TABLE_NAME, (whole ->> 'id')::uuid, TG_OP, old_row, new_row,
            nullif(current_setting('app.current_user_id', true), ''));
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION record_audit() FROM PUBLIC;

CREATE TRIGGER tenants_record_audit AFTER INSERT OR UPDATE OR DELETE ON tenants
    FOR EACH ROW EXECUTE FUNCTION record_audit('id');
CREATE TRIGGER faces_record_audit AFTER INSERT OR UPDATE OR DELETE ON faces
    FOR EACH ROW EXECUTE FUNCTION record_audit('tenant_id');
CREATE TRIGGER api_keys_record_audit AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION record_audit('tenant_id');
CREATE TRIGGER consent_records_record_audit AFTER INSERT OR UPDATE OR DELETE ON consent_records
    FOR EACH ROW EXECUTE FUNCTION record_audit('tenant_id');

COMMENT ON TABLE audit_log IS 'Who changed what: old and new values of tenants, faces, API keys and consents. Append-only.';
COMMENT ON COLUMN audit_log.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN audit_log.tenant_id IS 'The tenant whose row was changed.';
COMMENT ON COLUMN audit_log.table_name IS 'The table that was changed.';
COMMENT ON COLUMN audit_log.row_id IS 'Key of the row that was changed.';
COMMENT ON COLUMN audit_log.action IS 'What was done.';
COMMENT ON COLUMN audit_log.old_values IS 'The row before, without secrets; null for INSERT and after erasure.';
COMMENT ON COLUMN audit_log.new_values IS 'The row after, without secrets; null for DELETE and after erasure.';
COMMENT ON COLUMN audit_log.acting_role IS 'The database role that made the change.';
COMMENT ON COLUMN audit_log.acting_user IS 'The person or key that asked for it, from app.current_user_id.';
COMMENT ON COLUMN audit_log.created_at IS 'When it happened.';
COMMENT ON COLUMN audit_log.updated_at IS 'Equals created_at unless a person was erased from the row.';
COMMENT ON FUNCTION record_audit() IS 'Trigger: writes the change into audit_log; its argument names the tenant column.';
COMMENT ON POLICY audit_log_read ON audit_log IS 'A session reads the audit trail of its own tenant.';
COMMENT ON POLICY audit_log_append ON audit_log IS 'A session adds to the audit trail of its own tenant.';
COMMENT ON POLICY audit_log_append_for_administration ON audit_log IS 'Changes of tenants themselves are recorded too.';
COMMENT ON POLICY audit_log_erase ON audit_log IS 'app_admin may blank the values of a person who asked to be forgotten.';
