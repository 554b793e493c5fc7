SET LOCAL lock_timeout = '2s';

REVOKE TRUNCATE ON documents FROM app_writer;
