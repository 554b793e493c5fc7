-- Foreign servers; options that may be secrets are left out.
select s.oid,
       pg_catalog.quote_ident(s.srvname) as name,
       pg_catalog.pg_get_userbyid(s.srvowner)::text as owner,
       coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner))::text[] as acl,
       pg_catalog.obj_description(s.oid, 'pg_foreign_server') as comment,
       array['wrapper', 'type', 'version', 'options'] as names,
       array[(select pg_catalog.quote_ident(w.fdwname) from pg_catalog.pg_foreign_data_wrapper w where w.oid = s.srvfdw),
             s.srvtype, s.srvversion,
             (select pg_catalog.string_agg(o, E'\n' order by o) from pg_catalog.unnest(s.srvoptions) o
              where pg_catalog.split_part(o, '=', 1) !~* 'pass|secret|token|key')] as values
from pg_catalog.pg_foreign_server s
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 1417 and e.objid = s.oid and e.deptype = 'e')
