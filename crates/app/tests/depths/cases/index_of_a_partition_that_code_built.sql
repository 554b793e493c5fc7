-- case: An index on a partitioned table uses those that its partitions have already.
-- fears: index-built-on-partitioned-table
-- option: rows visits 5000000
-- option: rows visits_2024 5000000
-- migration: 1_a (applied)
CREATE TABLE visits (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- harmless:
DO $$ BEGIN EXECUTE $q$CREATE INDEX ON visits_2024 (id)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX ON visits (id);
-- hazard:
DO $$ BEGIN EXECUTE $q$CREATE INDEX ON visits_2024 (day)$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX ON visits (id);
