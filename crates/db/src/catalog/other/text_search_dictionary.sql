-- Text search dictionaries.
select d.oid,
       pg_catalog.format('%I.%I', n.nspname, d.dictname) as name,
       pg_catalog.pg_get_userbyid(d.dictowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(d.oid, 'pg_ts_dict') as comment,
       array['template', 'options'] as names,
       array[(select pg_catalog.format('%I.%I', tn.nspname, t.tmplname) from pg_catalog.pg_ts_template t
              join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace where t.oid = d.dicttemplate), d.dictinitoption] as values
from pg_catalog.pg_ts_dict d
join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
where d.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3600 and e.objid = d.oid and e.deptype = 'e')
