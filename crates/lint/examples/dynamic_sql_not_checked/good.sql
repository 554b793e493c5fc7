DO $$
BEGIN
    CREATE SCHEMA month_1;
EXCEPTION WHEN duplicate_schema THEN
    NULL;
END
$$;
