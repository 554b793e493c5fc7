-- A type ($1) with a modifier ($2).
select t.typname::text, pg_catalog.format_type(t.oid, $2) as shown, t.typtype::text as class,
       t.typnotnull,
       case when t.typtype = 'd' then t.typbasetype
            when t.typcategory = 'A' and t.typelem <> 0 then t.typelem
            when t.typtype = 'r' then (select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid)
            when t.typtype = 'm' then (select r.rngtypid from pg_catalog.pg_range r where r.rngmultitypid = t.oid)
            else 0 end as inner_type,
       case when t.typtype = 'd' then t.typtypmod when t.typcategory = 'A' then $2 else -1 end as inner_modifier,
       t.typcategory = 'A' and t.typelem <> 0 as is_array,
       array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)
         as labels,
       array(select a.atttypid from pg_catalog.pg_attribute a
             where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
             order by a.attnum) as attribute_types,
       array(select a.atttypmod from pg_catalog.pg_attribute a
             where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
             order by a.attnum) as attribute_modifiers,
       array(select c.conname::text from pg_catalog.pg_constraint c
             where c.contypid = t.oid and c.contype = 'c' order by c.conname) as condition_names,
       array(select pg_catalog.pg_get_expr(c.conbin, 0) from pg_catalog.pg_constraint c
             where c.contypid = t.oid and c.contype = 'c' order by c.conname) as conditions
from pg_catalog.pg_type t
where t.oid = $1
