-- What may be printed in another way when the columns of the relations $1 come or go: relations ('r') with views,
-- rules or policies that mention them, and functions ('f') with bodies that do.
select 'r' as kind, r.ev_class as oid
from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid
where d.classid = 2618 and d.refclassid = 1259 and d.refobjid = any ($1)
union
select 'r', p.polrelid
from pg_catalog.pg_depend d join pg_catalog.pg_policy p on p.oid = d.objid
where d.classid = 3256 and d.refclassid = 1259 and d.refobjid = any ($1)
union
select 'f', d.objid
from pg_catalog.pg_depend d
where d.classid = 1255 and d.refclassid = 1259 and d.refobjid = any ($1)
