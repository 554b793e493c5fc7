-- Triggers of the relations $1 that somebody made.
select t.tgrelid as rel,
       t.oid,
       t.tgname::text as name,
       pg_catalog.pg_get_triggerdef(t.oid) as definition,
       t.tgenabled::text as enabled,
       n.nspname::text as function_schema,
       p.proname::text as function_name,
       p.oid as function_oid,
       pg_catalog.obj_description(t.oid, 'pg_trigger') as comment
from pg_catalog.pg_trigger t
join pg_catalog.pg_proc p on p.oid = t.tgfoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where t.tgrelid = any ($1) and not t.tgisinternal
order by t.tgrelid, t.tgname
