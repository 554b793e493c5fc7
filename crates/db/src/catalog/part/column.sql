-- Living columns of the relations $1, in their order.
select a.attrelid as rel,
       a.attnum as number,
       a.attname::text as name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name,
       a.atttypid as type_oid,
       a.attnotnull as not_null,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) as "default",
       a.attgenerated::text as generated,
       a.attidentity::text as identity,
       case when a.attcollation <> t.typcollation and a.attcollation <> 0
            then a.attcollation::pg_catalog.regcollation::text end as collation,
       case when a.attstorage <> t.typstorage then
           case a.attstorage when 'p' then 'PLAIN' when 'm' then 'MAIN' when 'e' then 'EXTERNAL' else 'EXTENDED' end
       end as storage,
       case t.typstorage when 'p' then 'PLAIN' when 'm' then 'MAIN' when 'e' then 'EXTERNAL' else 'EXTENDED' end as type_storage,
       case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
       nullif(a.attstattarget, -1)::int4 as statistics_target,
       coalesce(a.attoptions, '{}') as options,
       coalesce(a.attfdwoptions, '{}') as foreign_options,
       a.attislocal as is_local,
       a.attinhcount::int4 as inherited,
       coalesce(a.attacl, '{}')::text[] as acl,
       pg_catalog.col_description(a.attrelid, a.attnum) as comment
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any ($1) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
