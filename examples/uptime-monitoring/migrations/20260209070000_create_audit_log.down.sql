SET LOCAL lock_timeout = '2s';

DROP TRIGGER monitors_record_audit ON monitors;
DROP TRIGGER users_record_audit ON users;
DROP TRIGGER tenants_record_audit ON tenants;
DROP FUNCTION record_audit();
DROP TABLE audit_log;
