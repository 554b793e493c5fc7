SET LOCAL lock_timeout = '2s';

DROP TRIGGER participants_record_audit ON participants;
DROP TRIGGER meetings_record_audit ON meetings;
DROP TRIGGER users_record_audit ON users;
DROP TRIGGER organizations_record_audit ON organizations;
DROP FUNCTION record_audit();
DROP TABLE audit_logs;
