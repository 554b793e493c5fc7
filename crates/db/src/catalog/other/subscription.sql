-- Subscriptions of this database: only what everybody may see, never the connection text.
select s.oid,
       pg_catalog.quote_ident(s.subname) as name,
       pg_catalog.pg_get_userbyid(s.subowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(s.oid, 'pg_subscription') as comment,
       array['enabled', 'publications'] as names,
       array[s.subenabled::text, pg_catalog.array_to_string(s.subpublications, ', ')] as values
from pg_catalog.pg_subscription s
where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
