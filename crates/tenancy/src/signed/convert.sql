DO $convert$
DECLARE
    held record;
    before text[];
    after text[];
    reading text;
    clauses text;
BEGIN
    FOR held IN
        SELECT format('%I.%I', n.nspname, c.relname) AS relation, p.polname AS name,
               pg_get_expr(p.polqual, p.polrelid) AS sees, pg_get_expr(p.polwithcheck, p.polrelid) AS writes
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        ORDER BY 1, 2
    LOOP
        before := ARRAY[held.sees, held.writes];
        after := before;
        FOREACH reading IN ARRAY ARRAY[
        {from}
        ] LOOP
            after[1] := replace(after[1], reading, {to});
            after[2] := replace(after[2], reading, {to});
        END LOOP;
        IF position({left} IN coalesce(after[1], '') || coalesce(after[2], '')) > 0 THEN
            RAISE EXCEPTION 'the policy % of % reads the context in a way that is not known: rewrite it by hand',
                held.name, held.relation;
        END IF;
        IF after IS DISTINCT FROM before THEN
            clauses := coalesce(' USING (' || after[1] || ')', '') || coalesce(' WITH CHECK (' || after[2] || ')', '');
            EXECUTE format('ALTER POLICY %I ON %s', held.name, held.relation) || clauses;
        END IF;
    END LOOP;
END
$convert$;
