-- Text search configurations with their mappings.
select c.oid,
       pg_catalog.format('%I.%I', n.nspname, c.cfgname) as name,
       pg_catalog.pg_get_userbyid(c.cfgowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(c.oid, 'pg_ts_config') as comment,
       array['parser', 'mappings'] as names,
       array[(select pg_catalog.format('%I.%I', pn.nspname, p.prsname) from pg_catalog.pg_ts_parser p
              join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace where p.oid = c.cfgparser),
             (select pg_catalog.string_agg(pg_catalog.format('%s: %s', m.maptokentype, m.mapdict::pg_catalog.regdictionary), E'\n'
                  order by m.maptokentype, m.mapseqno)
              from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid)] as values
from pg_catalog.pg_ts_config c
join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
where c.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 3602 and e.objid = c.oid and e.deptype = 'e')
