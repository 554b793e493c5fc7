-- Casts, by their two types.
select c.oid,
       pg_catalog.format('(%s AS %s)', pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null)) as name,
       null::text as owner, null::text[] as acl,
       pg_catalog.obj_description(c.oid, 'pg_cast') as comment,
       array['function', 'context', 'method'] as names,
       array[nullif(c.castfunc, 0)::pg_catalog.regprocedure::text, c.castcontext::text, c.castmethod::text] as values
from pg_catalog.pg_cast c
where c.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2605 and e.objid = c.oid and e.deptype in ('e', 'i'))
