SET LOCAL lock_timeout = '2s';

CREATE TABLE audit_logs (
    audit_log_id uuid NOT NULL DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL,
    table_name text NOT NULL,
    row_id uuid NOT NULL,
    action text NOT NULL,
    old_values jsonb,
    new_values jsonb,
    acting_role text NOT NULL DEFAULT current_user,
    acting_user text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_logs_pkey PRIMARY KEY (org_id, audit_log_id),
    CONSTRAINT audit_logs_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (org_id),
    CONSTRAINT audit_logs_action_check CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

CREATE INDEX idx_audit_logs_org_id_table_name_row_id_created_at ON audit_logs (org_id, table_name, row_id, created_at);
CREATE INDEX idx_audit_logs_org_id_created_at ON audit_logs (org_id, created_at);

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_logs_read ON audit_logs
    FOR SELECT TO app_reader, app_writer, app_admin
    USING (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
CREATE POLICY audit_logs_append ON audit_logs
    FOR INSERT TO app_writer
    WITH CHECK (org_id = (SELECT nullif(current_setting('app.current_org_id', true), '')::uuid));
-- app_admin makes organisations before a session can take one on.
CREATE POLICY audit_logs_append_for_administration ON audit_logs
    FOR INSERT TO app_admin
    WITH CHECK (true);
COMMENT ON POLICY audit_logs_read ON audit_logs IS 'A session reads the audit trail of its own organisation.';
COMMENT ON POLICY audit_logs_append ON audit_logs IS 'A session adds to the audit trail of its own organisation.';
COMMENT ON POLICY audit_logs_append_for_administration ON audit_logs IS 'Changes of organisations themselves are recorded too.';

-- Nobody may change or remove what was recorded.
GRANT SELECT ON audit_logs TO app_reader;
GRANT SELECT, INSERT ON audit_logs TO app_writer, app_admin;

COMMENT ON TABLE audit_logs IS 'Who changed what, with the values before and after. Append-only.';
COMMENT ON COLUMN audit_logs.audit_log_id IS 'Key, unique within the organisation.';
COMMENT ON COLUMN audit_logs.org_id IS 'The organisation whose row was changed.';
COMMENT ON COLUMN audit_logs.table_name IS 'The table that was changed.';
COMMENT ON COLUMN audit_logs.row_id IS 'Key of the row that was changed.';
COMMENT ON COLUMN audit_logs.action IS 'What was done.';
COMMENT ON COLUMN audit_logs.old_values IS 'The row before, without secrets; null for INSERT.';
COMMENT ON COLUMN audit_logs.new_values IS 'The row after, without secrets; null for DELETE.';
COMMENT ON COLUMN audit_logs.acting_role IS 'The database role that made the change.';
COMMENT ON COLUMN audit_logs.acting_user IS 'The person who asked for it, from app.current_user_id.';
COMMENT ON COLUMN audit_logs.created_at IS 'When it happened.';
COMMENT ON COLUMN audit_logs.updated_at IS 'Equals created_at: rows never change.';

-- Runs with the rights of whoever made the change. The arguments are the columns that name the organisation and the row.
CREATE FUNCTION record_audit() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    hidden text[] := ARRAY['password_hash'];
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
    whole jsonb := coalesce(new_row, old_row);
BEGIN
    INSERT INTO audit_logs (org_id, table_name, row_id, action, old_values, new_values, acting_user)
    VALUES ((whole ->> TG_ARGV[0])::uuid, TG_TABLE_NAME, (whole ->> TG_ARGV[1])::uuid, TG_OP, old_row, new_row,
            nullif(current_setting('app.current_user_id', true), ''));
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION record_audit() IS 'Trigger: writes the change into audit_logs.';

REVOKE ALL ON FUNCTION record_audit() FROM PUBLIC;

CREATE TRIGGER organizations_record_audit AFTER INSERT OR UPDATE OR DELETE ON organizations
    FOR EACH ROW EXECUTE FUNCTION record_audit('org_id', 'org_id');
CREATE TRIGGER users_record_audit AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION record_audit('org_id', 'user_id');
CREATE TRIGGER meetings_record_audit AFTER INSERT OR UPDATE OR DELETE ON meetings
    FOR EACH ROW EXECUTE FUNCTION record_audit('org_id', 'meeting_id');
CREATE TRIGGER participants_record_audit AFTER INSERT OR UPDATE OR DELETE ON participants
    FOR EACH ROW EXECUTE FUNCTION record_audit('org_id', 'participant_id');
