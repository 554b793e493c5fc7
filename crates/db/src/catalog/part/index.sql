-- Indexes of the relations $1.
select i.indrelid as rel,
       c.oid,
       c.relfilenode,
       c.relname::text as name,
       pg_catalog.pg_get_indexdef(c.oid) as definition,
       am.amname::text as method,
       array(select coalesce(a.attname::text, pg_catalog.pg_get_indexdef(c.oid, k.place::int4, false))
             from pg_catalog.unnest(i.indkey::int2[]) with ordinality k(number, place)
             left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0
             order by k.place) as keys,
       i.indkey::int2[] as numbers,
       i.indnkeyatts as key_length,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
       i.indisunique as "unique",
       /*>=15*/ i.indnullsnotdistinct /*else*/ false /*end*/ as nulls_not_distinct,
       i.indisprimary as "primary",
       i.indisexclusion as exclusion,
       i.indisvalid as valid,
       i.indisready as ready,
       i.indisclustered as clustered,
       i.indisreplident as replica_identity,
       (select con.conname::text from pg_catalog.pg_constraint con
        where con.conindid = c.oid and con.conrelid = i.indrelid and con.contype in ('p', 'u', 'x') limit 1) as "constraint",
       c.relispartition as attached,
       (select pc.relname::text from pg_catalog.pg_inherits h join pg_catalog.pg_class pc on pc.oid = h.inhparent
        where h.inhrelid = c.oid limit 1) as parent,
       ts.spcname::text as tablespace,
       array(select a.attnum || '=' || a.attstattarget from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attstattarget >= 0 order by a.attnum) as statistics_targets,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_am am on am.oid = c.relam
left join pg_catalog.pg_tablespace ts on ts.oid = c.reltablespace
where i.indrelid = any ($1)
order by i.indrelid, c.relname
