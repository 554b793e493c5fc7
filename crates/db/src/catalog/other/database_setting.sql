-- Settings kept for this database, for all roles or one.
select 0::oid as oid,
       pg_catalog.format('for %s', case s.setrole when 0 then 'all roles' else 'role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) end) as name,
       null::text as owner, null::text[] as acl, null::text as comment,
       array(select pg_catalog.split_part(c, '=', 1) from pg_catalog.unnest(s.setconfig) c order by c) as names,
       array(select pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) from pg_catalog.unnest(s.setconfig) c order by c) as values
from pg_catalog.pg_db_role_setting s
where s.setdatabase = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
