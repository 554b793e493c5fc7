DO $$
DECLARE
    month int;
BEGIN
    FOR month IN 1..2 LOOP
        EXECUTE format('CREATE SCHEMA %I', 'month_' || month);
    END LOOP;
END
$$;
