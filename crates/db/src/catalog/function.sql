-- Functions, procedures and aggregates by id ($1), without members of extensions.
select p.oid,
       n.nspname::text as schema,
       p.proname::text as name,
       array_to_string(array(select pg_catalog.format_type(k.type, null)
                             from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality k(type, place)
                             order by k.place), ', ') as identity_arguments,
       p.prokind::text as kind,
       pg_catalog.pg_get_function_arguments(p.oid) as arguments,
       pg_catalog.pg_get_function_result(p.oid) as result,
       l.lanname::text as language,
       coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as body,
       p.probin as library,
       p.provolatile::text as volatility,
       p.proisstrict as strict,
       p.proleakproof as leakproof,
       p.proparallel::text as parallel,
       p.prosecdef as security_definer,
       coalesce(p.proconfig, '{}') as config,
       p.procost::text as cost,
       p.prorows::text as rows,
       case when p.prosupport <> 0 then p.prosupport::regproc::text end as support,
       array(select pg_catalog.format_type(t, null) from pg_catalog.unnest(p.protrftypes) t) as transforms,
       case when a.aggfnoid is not null then pg_catalog.concat_ws(E'\n',
           'kind ' || a.aggkind::text,
           'direct arguments ' || a.aggnumdirectargs,
           'sfunc ' || a.aggtransfn::regproc,
           'stype ' || pg_catalog.format_type(a.aggtranstype, null),
           'sspace ' || a.aggtransspace,
           'finalfunc ' || nullif(a.aggfinalfn::oid, 0)::regproc,
           'finalfunc extra ' || a.aggfinalextra,
           'finalfunc modify ' || a.aggfinalmodify::text,
           'combinefunc ' || nullif(a.aggcombinefn::oid, 0)::regproc,
           'serialfunc ' || nullif(a.aggserialfn::oid, 0)::regproc,
           'deserialfunc ' || nullif(a.aggdeserialfn::oid, 0)::regproc,
           'initcond ' || a.agginitval,
           'msfunc ' || nullif(a.aggmtransfn::oid, 0)::regproc,
           'minvfunc ' || nullif(a.aggminvtransfn::oid, 0)::regproc,
           'mstype ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), null),
           'msspace ' || a.aggmtransspace,
           'mfinalfunc ' || nullif(a.aggmfinalfn::oid, 0)::regproc,
           'mfinalfunc extra ' || a.aggmfinalextra,
           'mfinalfunc modify ' || a.aggmfinalmodify::text,
           'minitcond ' || a.aggminitval,
           'sortop ' || nullif(a.aggsortop, 0)::regoperator) end as aggregate,
       pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
       coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))::text[] as acl,
       pg_catalog.obj_description(p.oid, 'pg_proc') as comment
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
where p.oid = any ($1)
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 1255 and e.objid = p.oid and e.deptype in ('e', 'i'))
