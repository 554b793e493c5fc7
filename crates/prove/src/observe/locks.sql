-- What this transaction holds on relations of this database, and what it has done to them so far.
SELECT l.relation::pg_catalog.oid AS relation,
       l.mode,
       c.relfilenode,
       c.relkind,
       n.nspname,
       c.relname,
       pg_catalog.pg_stat_get_xact_numscans(l.relation) AS scans,
       pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation) AS inserted,
       pg_catalog.pg_stat_get_xact_tuples_updated(l.relation) AS updated,
       pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation) AS deleted
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE l.pid = pg_catalog.pg_backend_pid()
  AND l.locktype = 'relation'
  AND l.granted
  AND l.relation >= 16384
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
