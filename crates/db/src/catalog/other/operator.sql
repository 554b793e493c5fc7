-- Operators, by name and operand types.
select o.oid,
       o.oid::pg_catalog.regoperator::text as name,
       pg_catalog.pg_get_userbyid(o.oprowner)::text as owner, null::text[] as acl,
       pg_catalog.obj_description(o.oid, 'pg_operator') as comment,
       array['function', 'commutator', 'negator', 'restrict', 'join', 'hashes', 'merges'] as names,
       array[o.oprcode::pg_catalog.regprocedure::text, nullif(o.oprcom, 0)::pg_catalog.regoperator::text,
             nullif(o.oprnegate, 0)::pg_catalog.regoperator::text, nullif(o.oprrest::oid, 0)::pg_catalog.regproc::text,
             nullif(o.oprjoin::oid, 0)::pg_catalog.regproc::text, o.oprcanhash::text, o.oprcanmerge::text] as values
from pg_catalog.pg_operator o
where o.oid >= 16384 and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 2617 and e.objid = o.oid and e.deptype = 'e')
