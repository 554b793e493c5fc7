-- Procedural languages that no extension brought, and changed privileges on those that are there.
select l.oid,
       pg_catalog.quote_ident(l.lanname) as name,
       pg_catalog.pg_get_userbyid(l.lanowner)::text as owner,
       coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner))::text[] as acl,
       pg_catalog.obj_description(l.oid, 'pg_language') as comment,
       array['trusted', 'handler', 'inline handler', 'validator'] as names,
       array[l.lanpltrusted::text, nullif(l.lanplcallfoid, 0)::pg_catalog.regproc::text,
             nullif(l.laninline, 0)::pg_catalog.regproc::text, nullif(l.lanvalidator, 0)::pg_catalog.regproc::text] as values
from pg_catalog.pg_language l
where l.lanispl
