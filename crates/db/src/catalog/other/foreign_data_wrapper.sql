-- Foreign data wrappers; options that may be secrets are left out.
select w.oid,
       pg_catalog.quote_ident(w.fdwname) as name,
       pg_catalog.pg_get_userbyid(w.fdwowner)::text as owner,
       coalesce(w.fdwacl, pg_catalog.acldefault('F', w.fdwowner))::text[] as acl,
       pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper') as comment,
       array['handler', 'validator', 'options'] as names,
       array[nullif(w.fdwhandler, 0)::pg_catalog.regproc::text, nullif(w.fdwvalidator, 0)::pg_catalog.regproc::text,
             (select pg_catalog.string_agg(o, E'\n' order by o) from pg_catalog.unnest(w.fdwoptions) o
              where pg_catalog.split_part(o, '=', 1) !~* 'pass|secret|token|key')] as values
from pg_catalog.pg_foreign_data_wrapper w
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2328 and e.objid = w.oid and e.deptype = 'e')
