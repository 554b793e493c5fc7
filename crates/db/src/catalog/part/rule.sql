-- Rewrite rules of the relations $1; the rule that makes a view is the view's definition.
select r.ev_class as rel,
       r.oid,
       r.rulename::text as name,
       pg_catalog.pg_get_ruledef(r.oid) as definition,
       r.ev_enabled::text as enabled,
       pg_catalog.obj_description(r.oid, 'pg_rewrite') as comment
from pg_catalog.pg_rewrite r
where r.ev_class = any ($1) and r.rulename <> '_RETURN'
order by r.ev_class, r.rulename
