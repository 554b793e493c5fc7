-- case: A parent holds no rows: what its partitions are decides.
-- fears: not-null-without-proof
-- option: rows visits 5000000
-- option: rows visits_2024 5000000
-- migration: 1_a (applied)
CREATE TABLE visits (id bigint NOT NULL, day date NOT NULL, place text, note text) PARTITION BY RANGE (day);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE visits_2024 ALTER place SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits ALTER place SET NOT NULL;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE visits_2024 ALTER note SET NOT NULL$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits ALTER place SET NOT NULL;
