-- User mappings; options that may be secrets are left out.
select m.umid as oid,
       pg_catalog.format('for %s at %I', case m.umuser when 0 then 'PUBLIC' else pg_catalog.quote_ident(m.usename) end, m.srvname) as name,
       null::text as owner, null::text[] as acl, null::text as comment,
       array['options'] as names,
       array[(select pg_catalog.string_agg(o, E'\n' order by o) from pg_catalog.unnest(m.umoptions) o
              where pg_catalog.split_part(o, '=', 1) !~* 'pass|secret|token|key')] as values
from pg_catalog.pg_user_mappings m
