-- Operator families with their operators and functions.
select o.oid,
       pg_catalog.format('%I.%I USING %I', n.nspname, o.opfname, am.amname) as name,
       pg_catalog.pg_get_userbyid(o.opfowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(o.oid, 'pg_opfamily') as comment,
       array['operators', 'functions'] as names,
       array[(select pg_catalog.string_agg(pg_catalog.format('%s %s %s', m.amopstrategy, m.amopopr::pg_catalog.regoperator,
                  case when m.amopsortfamily <> 0 then 'for order by' else 'for search' end), E'\n'
                  order by m.amopstrategy, m.amopopr::pg_catalog.regoperator::text)
              from pg_catalog.pg_amop m where m.amopfamily = o.oid),
             (select pg_catalog.string_agg(pg_catalog.format('%s (%s, %s) %s', p.amprocnum, pg_catalog.format_type(p.amproclefttype, null),
                  pg_catalog.format_type(p.amprocrighttype, null), p.amproc::oid::pg_catalog.regprocedure), E'\n'
                  order by p.amprocnum, p.amproc::oid::pg_catalog.regprocedure::text)
              from pg_catalog.pg_amproc p where p.amprocfamily = o.oid)] as values
from pg_catalog.pg_opfamily o
join pg_catalog.pg_namespace n on n.oid = o.opfnamespace
join pg_catalog.pg_am am on am.oid = o.opfmethod
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2753 and e.objid = o.oid and e.deptype = 'e')
  and (o.oid >= 16384
       or exists (select from pg_catalog.pg_amop m where m.amopfamily = o.oid and m.oid >= 16384)
       or exists (select from pg_catalog.pg_amproc p where p.amprocfamily = o.oid and p.oid >= 16384))
