-- Unique and exclusion indexes of a table ($1) with every column that each reads, in its key, in an expression or
-- in its condition. A generated column stands for the columns that it is made of.
with indexes as (
  select i.indexrelid, i.indpred is not null as partial, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
         i.indkey::pg_catalog.int2[] as keys, i.indnkeyatts
  from pg_catalog.pg_index i
  where i.indrelid = $1 and (i.indisunique or i.indisexclusion)
), named as (
  select x.indexrelid, k.n as number
  from indexes x, pg_catalog.unnest(x.keys) with ordinality k(n, o)
  where k.n > 0 and k.o <= x.indnkeyatts
  union
  select x.indexrelid, d.refobjsubid::pg_catalog.int2
  from indexes x
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = $1
   and d.refobjsubid > 0
   and (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = x.indexrelid)
  where 0 = any (x.keys)
), spread as (
  select n.indexrelid, n.number from named n
  union
  select n.indexrelid, d.refobjsubid::pg_catalog.int2
  from named n
  join pg_catalog.pg_attribute a on a.attrelid = $1 and a.attnum = n.number and a.attgenerated <> ''
  join pg_catalog.pg_attrdef f on f.adrelid = $1 and f.adnum = n.number
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = f.oid
   and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = $1 and d.refobjsubid > 0
   and d.refobjsubid <> n.number
)
select x.partial, x.predicate,
       array(select distinct s.number from spread s
             join pg_catalog.pg_attribute a on a.attrelid = $1 and a.attnum = s.number and a.attgenerated = ''
             where s.indexrelid = x.indexrelid order by s.number) as numbers
from indexes x
order by x.indexrelid
