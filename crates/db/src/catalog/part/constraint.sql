-- Constraints of the relations $1. Constraint triggers are listed as triggers.
select con.conrelid as rel,
       con.oid,
       con.conname::text as name,
       con.contype::text as kind,
       pg_catalog.pg_get_constraintdef(con.oid) as definition,
       array(select a.attname::text
             from pg_catalog.unnest(con.conkey) with ordinality k(number, place)
             join pg_catalog.pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.number
             order by k.place) as columns,
       rn.nspname::text as referenced_schema,
       rc.relname::text as referenced_name,
       nullif(con.confrelid, 0) as referenced_oid,
       array(select a.attname::text
             from pg_catalog.unnest(con.confkey) with ordinality k(number, place)
             join pg_catalog.pg_attribute a on a.attrelid = con.confrelid and a.attnum = k.number
             order by k.place) as referenced_columns,
       con.confdeltype::text as on_delete,
       con.confupdtype::text as on_update,
       nullif(con.conindid, 0) as index_oid,
       con.convalidated as validated,
       /*>=18*/ con.conenforced /*else*/ true /*end*/ as enforced,
       con.condeferrable as "deferrable",
       con.condeferred as deferred,
       con.connoinherit as no_inherit,
       con.conislocal as is_local,
       con.conparentid <> 0 as has_parent,
       not exists (select from pg_catalog.pg_trigger t
                   where t.tgconstraint = con.oid and t.tgrelid = con.conrelid and t.tgenabled <> 'O') as triggers_enabled,
       pg_catalog.obj_description(con.oid, 'pg_constraint') as comment
from pg_catalog.pg_constraint con
left join pg_catalog.pg_class rc on rc.oid = con.confrelid
left join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
where con.conrelid = any ($1) and con.contype <> 't'
order by con.conrelid, con.conname
