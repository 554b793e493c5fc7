-- The columns of a table ($1) that hold something, in order.
select a.attnum, a.attname::text, a.atttypid, a.atttypmod, a.attnotnull,
       a.attgenerated <> '' as generated,
       case
         when a.attidentity <> '' then (
           select pg_catalog.format('pg_catalog.nextval(%s::pg_catalog.oid::pg_catalog.regclass)', d.objid)
           from pg_catalog.pg_depend d
           where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
             and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
             and d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype = 'i'
           limit 1)
         else pg_catalog.pg_get_expr(f.adbin, f.adrelid)
       end as fallback,
       a.attidentity <> '' or exists (
           select from pg_catalog.pg_depend d
           join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
           where d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = f.oid
             and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) as counted
from pg_catalog.pg_attribute a
left join pg_catalog.pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
order by a.attnum
