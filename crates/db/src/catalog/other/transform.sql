-- Transforms, by type and language.
select t.oid,
       pg_catalog.format('FOR %s LANGUAGE %I', pg_catalog.format_type(t.trftype, null), l.lanname) as name,
       null::text as owner, null::text[] as acl,
       pg_catalog.obj_description(t.oid, 'pg_transform') as comment,
       array['from SQL', 'to SQL'] as names,
       array[nullif(t.trffromsql::oid, 0)::pg_catalog.regprocedure::text, nullif(t.trftosql::oid, 0)::pg_catalog.regprocedure::text] as values
from pg_catalog.pg_transform t
join pg_catalog.pg_language l on l.oid = t.trflang
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3576 and e.objid = t.oid and e.deptype = 'e')
