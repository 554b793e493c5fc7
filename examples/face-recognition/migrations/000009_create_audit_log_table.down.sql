SET LOCAL lock_timeout = '2s';

DROP TRIGGER consent_records_record_audit ON consent_records;
DROP TRIGGER api_keys_record_audit ON api_keys;
DROP TRIGGER faces_record_audit ON faces;
DROP TRIGGER tenants_record_audit ON tenants;
DROP FUNCTION record_audit();
DROP TABLE audit_log;
