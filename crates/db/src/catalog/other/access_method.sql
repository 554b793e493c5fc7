-- Access methods.
select a.oid,
       pg_catalog.quote_ident(a.amname) as name,
       null::text as owner, null::text[] as acl,
       pg_catalog.obj_description(a.oid, 'pg_am') as comment,
       array['handler', 'type'] as names,
       array[a.amhandler::text, a.amtype::text] as values
from pg_catalog.pg_am a
where a.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2601 and e.objid = a.oid and e.deptype = 'e')
