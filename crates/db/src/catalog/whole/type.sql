-- Enums, domains, ranges, base types and shells; neither rows of relations nor arrays nor multiranges.
select t.oid,
       n.nspname::text as schema,
       t.typname::text as name,
       t.typtype::text as kind,
       array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels,
       pg_catalog.format_type(coalesce(r.rngsubtype, t.typbasetype), case when r.rngtypid is null then t.typtypmod end) as base,
       t.typnotnull as not_null,
       case when t.typtype = 'd' then coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault) end as "default",
       case when t.typtype = 'd' and t.typcollation <> 0 and t.typcollation <> b.typcollation
            then t.typcollation::pg_catalog.regcollation::text end as collation,
       array(select v.v
             from pg_catalog.pg_constraint con
             cross join lateral pg_catalog.unnest(array[
                 con.conname::text, pg_catalog.pg_get_constraintdef(con.oid), con.convalidated::text,
                 pg_catalog.obj_description(con.oid, 'pg_constraint')]) with ordinality v(v, place)
             where con.contypid = t.oid order by con.conname, v.place) as constraints,
       case t.typtype
           when 'r' then array[
               'subtype_opclass=' || (select pg_catalog.quote_ident(onsp.nspname) || '.' || pg_catalog.quote_ident(oc.opcname)
                                      from pg_catalog.pg_opclass oc join pg_catalog.pg_namespace onsp on onsp.oid = oc.opcnamespace
                                      where oc.oid = r.rngsubopc),
               'collation=' || nullif(r.rngcollation, 0)::pg_catalog.regcollation,
               'canonical=' || nullif(r.rngcanonical::oid, 0)::regproc,
               'subtype_diff=' || nullif(r.rngsubdiff::oid, 0)::regproc,
               'multirange_type_name=' || pg_catalog.format_type(r.rngmultitypid, null)]
           when 'b' then array[
               'input=' || t.typinput::regproc, 'output=' || t.typoutput::regproc,
               'receive=' || nullif(t.typreceive::oid, 0)::regproc, 'send=' || nullif(t.typsend::oid, 0)::regproc,
               'typmod_in=' || nullif(t.typmodin::oid, 0)::regproc, 'typmod_out=' || nullif(t.typmodout::oid, 0)::regproc,
               'analyze=' || nullif(t.typanalyze::oid, 0)::regproc, 'subscript=' || nullif(t.typsubscript::oid, 0)::regproc,
               'internallength=' || t.typlen, 'passedbyvalue=' || t.typbyval, 'alignment=' || t.typalign::text,
               'storage=' || t.typstorage::text, 'category=' || t.typcategory::text, 'preferred=' || t.typispreferred,
               'default=' || t.typdefault, 'element=' || nullif(t.typelem, 0)::pg_catalog.regtype,
               'delimiter=' || t.typdelim::text, 'collatable=' || (t.typcollation <> 0)]
           else array['shell']
       end as details,
       pg_catalog.pg_get_userbyid(t.typowner)::text as owner,
       coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))::text[] as acl,
       pg_catalog.obj_description(t.oid, 'pg_type') as comment
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_range r on r.rngtypid = t.oid
where t.oid >= 16384
  and t.typtype in ('e', 'd', 'r', 'b', 'p')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 1247 and e.objid = t.oid and e.deptype = 'e')
