-- CHECK constraints and foreign keys of a table ($1). A key to a partitioned table has one more entry for each of
-- that table's partitions: those hang on the first and say nothing new.
select c.conname::text, c.contype::text as kind, pg_catalog.pg_get_expr(c.conbin, c.conrelid) as expression,
       coalesce(c.conkey, '{}') as numbers, c.confrelid,
       array(select a.attname::text from pg_catalog.unnest(c.conkey) with ordinality k(n, o)
             join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.o) as columns,
       array(select a.attname::text from pg_catalog.unnest(c.confkey) with ordinality k(n, o)
             join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.o)
         as parent_columns,
       (select pg_catalog.format('%s%I.%I', case when p.relkind = 'p' then '' else 'ONLY ' end, s.nspname, p.relname)
        from pg_catalog.pg_class p join pg_catalog.pg_namespace s on s.oid = p.relnamespace
        where p.oid = c.confrelid) as parent
from pg_catalog.pg_constraint c
where c.conrelid = $1 and c.contype in ('c', 'f')
  and not exists (select from pg_catalog.pg_constraint u
                  where u.oid = c.conparentid and u.conrelid = c.conrelid)
order by c.contype, c.conname
