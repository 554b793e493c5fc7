-- Extensions with the number of their members.
select e.oid,
       e.extname::text as name,
       e.extversion as version,
       n.nspname::text as schema,
       (select pg_catalog.count(*)::int4 from pg_catalog.pg_depend d
        where d.refclassid = 3079 and d.refobjid = e.oid and d.deptype = 'e') as members,
       pg_catalog.obj_description(e.oid, 'pg_extension') as comment
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
