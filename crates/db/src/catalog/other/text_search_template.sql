-- Text search templates.
select t.oid,
       pg_catalog.format('%I.%I', n.nspname, t.tmplname) as name,
       null::text as owner, null::text[] as acl,
       pg_catalog.obj_description(t.oid, 'pg_ts_template') as comment,
       array['init', 'lexize'] as names,
       array[nullif(t.tmplinit::oid, 0)::pg_catalog.regproc::text, t.tmpllexize::text] as values
from pg_catalog.pg_ts_template t
join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace
where t.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3764 and e.objid = t.oid and e.deptype = 'e')
