-- Relations by id ($1). Members of extensions, system schemas and temporary ones are left out.
select c.oid as rel,
       c.relfilenode,
       nullif(c.reltoastrelid, 0) as toast_oid,
       c.reltype as row_type_oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
       case c.relkind
           when 'c' then coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
           when 'S' then coalesce(c.relacl, pg_catalog.acldefault('s', c.relowner))
           else coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))
       end::text[] as acl,
       c.relpersistence::text as persistence,
       am.amname::text as access_method,
       ts.spcname::text as tablespace,
       coalesce(c.reloptions, '{}') as options,
       coalesce(toast.reloptions, '{}') as toast_options,
       c.relrowsecurity as row_security,
       c.relforcerowsecurity as force_row_security,
       c.relreplident::text as replica_identity,
       case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
       p.partstrat::text as partition_strategy,
       array(select a.attname::text
             from pg_catalog.unnest(p.partattrs::int2[]) with ordinality k(number, place)
             join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
             order by k.place) as partition_columns,
       case when c.relispartition then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end as partition_bound,
       array(select v.v
             from pg_catalog.pg_inherits i
             join pg_catalog.pg_class pc on pc.oid = i.inhparent
             join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
             cross join lateral pg_catalog.unnest(array[pn.nspname::text, pc.relname::text]) with ordinality v(v, place)
             where i.inhrelid = c.oid order by i.inhseqno, v.place) as parents,
       c.relispartition as is_partition,
       coalesce((select pg_catalog.bool_or(i.inhdetachpending)
                 from pg_catalog.pg_inherits i where i.inhrelid = c.oid), false) as detach_pending,
       case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as of_type,
       case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as definition,
       c.relispopulated as populated,
       fs.srvname::text as foreign_server,
       coalesce(f.ftoptions, '{}') as foreign_options,
       pg_catalog.format_type(s.seqtypid, null) as sequence_type,
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       own.nspname as owner_schema, own.relname as owner_table, own.attname as owner_column, own.identity as owner_identity,
       case when c.relkind = 'c' then pg_catalog.obj_description(c.reltype, 'pg_type')
            else pg_catalog.obj_description(c.oid, 'pg_class') end as comment
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_type t on t.oid = c.reltype and c.relkind = 'c'
left join pg_catalog.pg_am am on am.oid = c.relam
left join pg_catalog.pg_tablespace ts on ts.oid = c.reltablespace
left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server fs on fs.oid = f.ftserver
left join pg_catalog.pg_sequence s on s.seqrelid = c.oid
left join lateral (
    select oc.relname::text, oa.attname::text, onsp.nspname::text, d.deptype = 'i' as identity
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class oc on oc.oid = d.refobjid
    join pg_catalog.pg_namespace onsp on onsp.oid = oc.relnamespace
    join pg_catalog.pg_attribute oa on oa.attrelid = d.refobjid and oa.attnum = d.refobjsubid
    where d.classid = 1259 and d.objid = c.oid and d.objsubid = 0 and d.refclassid = 1259
      and d.refobjsubid > 0 and d.deptype in ('a', 'i') and c.relkind = 'S'
    limit 1
) own on true
where c.oid = any ($1)
  and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 1259 and e.objid = c.oid and e.deptype = 'e')
