-- Operator classes.
select o.oid,
       pg_catalog.format('%I.%I USING %I', n.nspname, o.opcname, am.amname) as name,
       pg_catalog.pg_get_userbyid(o.opcowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(o.oid, 'pg_opclass') as comment,
       array['family', 'type', 'default', 'storage type'] as names,
       array[(select pg_catalog.format('%I.%I', fn.nspname, f.opfname) from pg_catalog.pg_opfamily f
              join pg_catalog.pg_namespace fn on fn.oid = f.opfnamespace where f.oid = o.opcfamily),
             pg_catalog.format_type(o.opcintype, null), o.opcdefault::text,
             pg_catalog.format_type(nullif(o.opckeytype, 0), null)] as values
from pg_catalog.pg_opclass o
join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
join pg_catalog.pg_am am on am.oid = o.opcmethod
where o.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2616 and e.objid = o.oid and e.deptype = 'e')
