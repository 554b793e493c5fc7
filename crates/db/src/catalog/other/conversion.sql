-- Encoding conversions.
select c.oid,
       pg_catalog.format('%I.%I', n.nspname, c.conname) as name,
       pg_catalog.pg_get_userbyid(c.conowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(c.oid, 'pg_conversion') as comment,
       array['from', 'to', 'function', 'default'] as names,
       array[pg_catalog.pg_encoding_to_char(c.conforencoding)::text, pg_catalog.pg_encoding_to_char(c.contoencoding)::text,
             c.conproc::text, c.condefault::text] as values
from pg_catalog.pg_conversion c
join pg_catalog.pg_namespace n on n.oid = c.connamespace
where c.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2607 and e.objid = c.oid and e.deptype = 'e')
