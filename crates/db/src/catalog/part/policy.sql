-- Row security policies of the relations $1.
select p.polrelid as rel,
       p.oid,
       p.polname::text as name,
       p.polcmd::text as command,
       p.polpermissive as permissive,
       array(select case r when 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end
             from pg_catalog.unnest(p.polroles) r order by 1) as roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check,
       pg_catalog.obj_description(p.oid, 'pg_policy') as comment
from pg_catalog.pg_policy p
where p.polrelid = any ($1)
order by p.polrelid, p.polname
