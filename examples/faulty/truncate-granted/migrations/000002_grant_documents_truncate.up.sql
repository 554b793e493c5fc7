SET LOCAL lock_timeout = '2s';

GRANT TRUNCATE ON documents TO app_writer;
