SET LOCAL lock_timeout = '2s';

DO $$
BEGIN
    EXECUTE format('DROP TABLE %I', 'events_' || to_char(now(), 'YYYY_MM'));
END
$$;
