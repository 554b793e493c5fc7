-- Schemas of users.
select n.oid,
       n.nspname::text as name,
       pg_catalog.pg_get_userbyid(n.nspowner)::text as owner,
       coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::text[] as acl,
       pg_catalog.obj_description(n.oid, 'pg_namespace') as comment
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2615 and e.objid = n.oid and e.deptype = 'e')
