DO $$
DECLARE
    import regclass;
BEGIN
    FOR import IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relname LIKE 'import\_%' LOOP
        EXECUTE format('DROP TABLE %s', import);
    END LOOP;
END
$$;
