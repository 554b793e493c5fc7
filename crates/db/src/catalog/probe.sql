-- Gives nothing when the snapshot is still $1 and this transaction has written nothing: then nothing can have changed.
-- (There is always a row otherwise, for there is always a language.)
--
-- One row for each catalog (or group of catalogs): for each anchor, that is each object whose description would have
-- to be read again, a mark that changes with every write. A mark is made of the number of rows and the sum of their
-- xmin: every insert or update brings a newer xmin, every delete takes a row away, and a rollback brings back exactly
-- what was. age() counts from one reference within a statement, so that its difference to the age of xid 3 is the xmin.
-- Rows of user objects have ids from 16384 on (FirstNormalObjectId in the server's transam.h). Rows that initdb made may
-- have the xmin 1, which age() takes as older than everything: least() gives them a fixed part.
--
-- A line that begins with --@ begins a group of branches and names, by their ids, the catalogs that they look at, then the tags that they give: where
-- it is known which catalogs a transaction has written to, only the groups that look at one of them are asked.
select tag,
       pg_catalog.array_agg(id::pg_catalog.oid) as ids,
       pg_catalog.array_agg(n * 4294967296 + n * pg_catalog.age('3'::pg_catalog.xid) - ages) as marks,
       pg_catalog.array_agg(pg_catalog.age('3'::pg_catalog.xid) - youngest) as newest
from (
    --@ 1259 1249 2604 2606 2610 : 1 2 3 4 5 18 33
    -- Relations (1) and indexes (18), each for itself.
    select case when relkind in ('i', 'I') then 18 else 1 end as tag, oid as id, 1::pg_catalog.int8 as n, pg_catalog.age(xmin)::pg_catalog.int8 as ages, pg_catalog.age(xmin) as youngest
    from pg_catalog.pg_class where oid >= 16384 and relkind <> 't'
    union all
    select 2, attrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_attribute where attrelid >= 16384 and attnum > 0 group by attrelid
    union all
    select 3, adrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_attrdef where adrelid >= 16384 group by adrelid
    union all
    select 4, conrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_constraint where conrelid >= 16384 group by conrelid
    union all
    select 5, indrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_index where indrelid >= 16384 group by indrelid
    union all
    select 33, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_constraint where contypid >= 16384 having pg_catalog.count(*) > 0
    --@ 2620 3256 2618 2611 : 6 7 8 9
    select 6, tgrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_trigger where tgrelid >= 16384 group by tgrelid
    union all
    select 7, polrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_policy group by polrelid
    union all
    select 8, ev_class, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_rewrite where ev_class >= 16384 group by ev_class
    union all
    select 9, inhrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_inherits group by inhrelid
    --@ 2224 2608 : 10 11 51
    select 10, seqrelid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_sequence
    union all
    -- The columns that sequences belong to.
    select 11, s.seqrelid, 1, pg_catalog.age(d.xmin), pg_catalog.age(d.xmin)
    from pg_catalog.pg_sequence s
    join pg_catalog.pg_depend d on d.classid = 1259 and d.objid = s.seqrelid and d.objsubid = 0
        and d.refclassid = 1259 and d.deptype in ('a', 'i')
    union all
    select 51, refobjid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_depend where refclassid = 3079 and deptype = 'e' group by refobjid
    --@ 3381 3118 3350 : 12 13 14
    select 12, stxrelid, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_statistic_ext group by stxrelid
    union all
    select 13, ftrelid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_foreign_table
    union all
    select 14, partrelid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_partitioned_table
    --@ 1247 3501 3541 : 15 30 31 32
    -- Privileges on composite types are kept with the type.
    select 15, typrelid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_type where oid >= 16384 and typtype = 'c' and typacl is not null
    union all
    -- Types that are neither rows of relations nor arrays, as a whole.
    select 30, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_type where oid >= 16384 and typtype <> 'c' and typcategory <> 'A' having pg_catalog.count(*) > 0
    union all
    select 31, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_enum having pg_catalog.count(*) > 0
    union all
    select 32, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_range where rngtypid >= 16384 having pg_catalog.count(*) > 0
    --@ 1255 2600 : 20 21
    select 20, oid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_proc where oid >= 16384
    union all
    select 21, aggfnoid, 1, pg_catalog.age(xmin), pg_catalog.age(xmin)
    from pg_catalog.pg_aggregate where aggfnoid >= 16384
    --@ 2609 : 16 17 22 61
    -- Comments: of relations (16), of their parts (17), of functions (22), of the rest by catalog (61).
    select case classoid when 1259 then 16 when 1255 then 22 when 2606 then 17 when 2620 then 17 when 3256 then 17
                         when 2618 then 17 when 3381 then 17 when 1247 then 17 else 61 end as tag,
           case when classoid in (1259, 1255, 2606, 2620, 3256, 2618, 3381, 1247) then objoid else classoid end as id,
           pg_catalog.count(*), pg_catalog.sum(least(pg_catalog.age(xmin), pg_catalog.age('3'::pg_catalog.xid))), pg_catalog.min(least(pg_catalog.age(xmin), pg_catalog.age('3'::pg_catalog.xid)))
    from pg_catalog.pg_description where objoid >= 16384 or (objoid = 2200 and classoid = 2615) group by 1, 2
    --@ 2615 3079 1260 2605 2617 2616 2753 2602 2603 2601 3456 2607 2612 3576 3602 3603 3600 3601 3764 3466 6104 6106 6237 6100 2328 1417 1418 826 2964 : 40 50 52 60
    select 40, 0, pg_catalog.count(*), pg_catalog.sum(least(pg_catalog.age(xmin), pg_catalog.age('3'::pg_catalog.xid))), pg_catalog.min(least(pg_catalog.age(xmin), pg_catalog.age('3'::pg_catalog.xid)))
    from pg_catalog.pg_namespace where oid >= 16384 or oid = 2200 having pg_catalog.count(*) > 0
    union all
    select 50, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.age(xmin)), pg_catalog.min(pg_catalog.age(xmin))
    from pg_catalog.pg_extension having pg_catalog.count(*) > 0
    union all
    -- Names of roles: they are printed everywhere, and only superusers may see the xmin of a role.
    select 52, 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtext(rolname::pg_catalog.text)), pg_catalog.age('3'::pg_catalog.xid)
    from pg_catalog.pg_roles where oid >= 16384 having pg_catalog.count(*) > 0
    union all
    -- The remaining catalogs, each by its own id.
    select 60, catalog, pg_catalog.count(*), pg_catalog.sum(age), pg_catalog.min(age)
    from (
        select 2605 as catalog, pg_catalog.age(xmin) as age from pg_catalog.pg_cast where oid >= 16384
        union all select 2617, pg_catalog.age(xmin) from pg_catalog.pg_operator where oid >= 16384
        union all select 2616, pg_catalog.age(xmin) from pg_catalog.pg_opclass where oid >= 16384
        union all select 2753, pg_catalog.age(xmin) from pg_catalog.pg_opfamily where oid >= 16384
        union all select 2753, pg_catalog.age(xmin) from pg_catalog.pg_amop where oid >= 16384
        union all select 2753, pg_catalog.age(xmin) from pg_catalog.pg_amproc where oid >= 16384
        union all select 2601, pg_catalog.age(xmin) from pg_catalog.pg_am where oid >= 16384
        union all select 3456, pg_catalog.age(xmin) from pg_catalog.pg_collation where oid >= 16384
        union all select 2607, pg_catalog.age(xmin) from pg_catalog.pg_conversion where oid >= 16384
        union all select 2612, least(pg_catalog.age(xmin), pg_catalog.age('3'::pg_catalog.xid)) from pg_catalog.pg_language
        union all select 3576, pg_catalog.age(xmin) from pg_catalog.pg_transform
        union all select 3602, pg_catalog.age(xmin) from pg_catalog.pg_ts_config where oid >= 16384
        union all select 3602, pg_catalog.age(xmin) from pg_catalog.pg_ts_config_map where mapcfg >= 16384
        union all select 3600, pg_catalog.age(xmin) from pg_catalog.pg_ts_dict where oid >= 16384
        union all select 3601, pg_catalog.age(xmin) from pg_catalog.pg_ts_parser where oid >= 16384
        union all select 3764, pg_catalog.age(xmin) from pg_catalog.pg_ts_template where oid >= 16384
        union all select 3466, pg_catalog.age(xmin) from pg_catalog.pg_event_trigger
        union all select 6104, pg_catalog.age(xmin) from pg_catalog.pg_publication
        union all select 6104, pg_catalog.age(xmin) from pg_catalog.pg_publication_rel
        /*>=15*/ union all select 6104, pg_catalog.age(xmin) from pg_catalog.pg_publication_namespace /*end*/
        union all select 6100, pg_catalog.hashtext(pg_catalog.concat(subname, subowner, subenabled)) from pg_catalog.pg_subscription
        union all select 2328, pg_catalog.age(xmin) from pg_catalog.pg_foreign_data_wrapper
        union all select 1417, pg_catalog.age(xmin) from pg_catalog.pg_foreign_server
        union all select 1418, pg_catalog.hashtext(pg_catalog.concat(srvname, usename, umoptions::pg_catalog.text)) from pg_catalog.pg_user_mappings
        union all select 826, pg_catalog.age(xmin) from pg_catalog.pg_default_acl
        union all select 2964, pg_catalog.age(xmin) from pg_catalog.pg_db_role_setting
    ) rest group by catalog
) marks (tag, id, n, ages, youngest)
where $1::pg_catalog.text is distinct from pg_catalog.pg_current_snapshot()::pg_catalog.text
   or pg_catalog.pg_current_xact_id_if_assigned() is not null
group by tag
