-- Default privileges, by role, schema and kind of object.
select d.oid,
       pg_catalog.format('for role %I%s on %s', pg_catalog.pg_get_userbyid(d.defaclrole),
           coalesce(' in schema ' || pg_catalog.quote_ident(n.nspname), ''),
           case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' else d.defaclobjtype::text end) as name,
       pg_catalog.pg_get_userbyid(d.defaclrole)::text as owner,
       d.defaclacl::text[] as acl, null::text as comment,
       array[]::text[] as names, array[]::text[] as values
from pg_catalog.pg_default_acl d
left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
