-- Text search parsers.
select p.oid,
       pg_catalog.format('%I.%I', n.nspname, p.prsname) as name,
       null::text as owner, null::text[] as acl,
       pg_catalog.obj_description(p.oid, 'pg_ts_parser') as comment,
       array['start', 'token', 'end', 'headline', 'lextypes'] as names,
       array[p.prsstart::text, p.prstoken::text, p.prsend::text, nullif(p.prsheadline::oid, 0)::pg_catalog.regproc::text,
             p.prslextype::text] as values
from pg_catalog.pg_ts_parser p
join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
where p.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3601 and e.objid = p.oid and e.deptype = 'e')
