-- The relations that are there before a script begins, and what this transaction's counters say of them already
-- (the counters of a session are handed on between transactions, so only differences mean anything).
SELECT c.oid,
       c.relkind,
       n.nspname,
       c.relname,
       c.relfilenode,
       pg_catalog.pg_stat_get_xact_numscans(c.oid) AS scans,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) AS inserted,
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS updated,
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind <> 't' AND n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_temp_'
