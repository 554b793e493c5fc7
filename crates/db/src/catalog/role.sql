-- Roles of the cluster without the predefined ones. pg_roles shows no password.
select r.oid,
       r.rolname::text as name,
       r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls,
       r.rolconnlimit,
       r.rolvaliduntil::text,
       coalesce((select s.setconfig from pg_catalog.pg_db_role_setting s where s.setdatabase = 0 and s.setrole = r.oid), '{}') as settings,
       array(select pg_catalog.pg_get_userbyid(m.roleid)
                    || case when m.admin_option then ' with admin option' else '' end
                    /*>=16*/
                    || case when m.inherit_option then '' else ' without inheriting' end
                    || case when m.set_option then '' else ' without set option' end
                    /*end*/
             from pg_catalog.pg_auth_members m where m.member = r.oid order by 1) as member_of,
       pg_catalog.shobj_description(r.oid, 'pg_authid') as comment
from pg_catalog.pg_roles r
where r.rolname !~ '^pg_'
