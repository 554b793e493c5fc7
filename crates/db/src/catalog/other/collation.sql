-- Collations. The version of the library behind one is the machine's, not the schema's.
select c.oid,
       pg_catalog.format('%I.%I', n.nspname, c.collname) as name,
       pg_catalog.pg_get_userbyid(c.collowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(c.oid, 'pg_collation') as comment,
       array['provider', 'deterministic', 'encoding', 'collate', 'ctype', 'locale', 'rules'] as names,
       array[c.collprovider::text, c.collisdeterministic::text, c.collencoding::text, c.collcollate::text, c.collctype::text,
             /*>=17*/ c.colllocale /*else*/ /*>=15*/ c.colliculocale /*else*/ null /*end*/ /*end*/,
             /*>=16*/ c.collicurules /*else*/ null /*end*/] as values
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where c.oid >= 16384 and n.nspname !~ '^pg_' and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3456 and e.objid = c.oid and e.deptype = 'e')
