SET LOCAL lock_timeout = '2s';

DO $$
DECLARE
    first_day date := date_trunc('month', now())::date;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                   'events_' || to_char(first_day, 'YYYY_MM'), first_day, first_day + interval '1 month');
END
$$;
