-- Extended statistics on the relations $1.
select s.stxrelid as rel,
       s.oid,
       case when s.stxnamespace = c.relnamespace then '' else pg_catalog.quote_ident(n.nspname) || '.' end
           || pg_catalog.quote_ident(s.stxname) as name,
       pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
       pg_catalog.pg_get_userbyid(s.stxowner)::text as owner,
       nullif(s.stxstattarget, -1)::int4 as target,
       pg_catalog.obj_description(s.oid, 'pg_statistic_ext') as comment
from pg_catalog.pg_statistic_ext s
join pg_catalog.pg_class c on c.oid = s.stxrelid
join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
where s.stxrelid = any ($1)
order by s.stxrelid, s.stxname
