-- Publications with their tables, column lists, row filters and schemas.
select p.oid,
       pg_catalog.quote_ident(p.pubname) as name,
       pg_catalog.pg_get_userbyid(p.pubowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(p.oid, 'pg_publication') as comment,
       array['all tables', 'insert', 'update', 'delete', 'truncate', 'via root', 'generated columns', 'tables', 'schemas'] as names,
       array[p.puballtables::text, p.pubinsert::text, p.pubupdate::text, p.pubdelete::text, p.pubtruncate::text, p.pubviaroot::text,
             /*>=18*/ p.pubgencols::text /*else*/ null /*end*/,
             (select pg_catalog.string_agg(r.prrelid::pg_catalog.regclass::text
                  /*>=15*/
                  || coalesce((select ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum) || ')'
                               from pg_catalog.pg_attribute a
                               where a.attrelid = r.prrelid and a.attnum = any (r.prattrs::int2[])), '')
                  || coalesce(' where ' || pg_catalog.pg_get_expr(r.prqual, r.prrelid), '')
                  /*end*/, E'\n' order by r.prrelid::pg_catalog.regclass::text)
              from pg_catalog.pg_publication_rel r where r.prpubid = p.oid),
             /*>=15*/ (select pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' order by n.nspname)
              from pg_catalog.pg_publication_namespace s join pg_catalog.pg_namespace n on n.oid = s.pnnspid
              where s.pnpubid = p.oid) /*else*/ null /*end*/] as values
from pg_catalog.pg_publication p
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 6104 and e.objid = p.oid and e.deptype = 'e')
