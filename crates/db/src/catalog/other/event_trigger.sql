-- Event triggers.
select t.oid,
       pg_catalog.quote_ident(t.evtname) as name,
       pg_catalog.pg_get_userbyid(t.evtowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(t.oid, 'pg_event_trigger') as comment,
       array['event', 'function', 'enabled', 'tags'] as names,
       array[t.evtevent::text, t.evtfoid::pg_catalog.regproc::text, t.evtenabled::text,
             pg_catalog.array_to_string(t.evttags, ', ')] as values
from pg_catalog.pg_event_trigger t
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3466 and e.objid = t.oid and e.deptype = 'e')
