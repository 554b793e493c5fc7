-- The conditions that a row of a table ($1) must meet to find a place: its own bounds where it is a partition, and
-- those of some of its leaves where it is partitioned. Not those of its own
-- DEFAULT partition, which takes what the others leave.
with leaves as (
  select t.relid, t.level, pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bound,
         pg_catalog.pg_get_partition_constraintdef(t.relid) as condition,
         row_number() over (order by c.relname) as forwards, row_number() over (order by c.relname desc) as backwards
  from pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) t
  join pg_catalog.pg_class c on c.oid = t.relid
  where t.isleaf and c.relkind <> 'p'
)
select (select c.relkind = 'p' from pg_catalog.pg_class c where c.oid = $1) as partitioned,
       (select c.relispartition from pg_catalog.pg_class c where c.oid = $1) as partition,
       pg_catalog.pg_get_partition_constraintdef($1) as own,
       (select count(*) from leaves) as leaves,
       array(select l.condition from leaves l
             where (l.bound is distinct from 'DEFAULT' or l.level > 1) and l.condition is not null
               and (l.forwards <= 8 or l.backwards <= 8)
             order by l.forwards) as conditions
