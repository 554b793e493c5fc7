-- migration: 1_tune
CREATE ROLE fh_slow_reporter;
ALTER ROLE fh_slow_reporter SET log_min_duration_statement = '500ms';
