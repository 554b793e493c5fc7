-- case: The CHECK that makes reading the partition unnecessary is not in the text; in the twin it allows a day more.
-- fears: partition-attached-with-scan
-- option: rows visits 5000000
-- option: rows visits_2024 5000000
-- migration: 1_a (applied)
CREATE TABLE visits (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_2024 (id bigint NOT NULL, day date NOT NULL);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE visits_2024 ADD CONSTRAINT bounds CHECK (day >= '2024-01-01' AND day < '2025-01-01')$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits ATTACH PARTITION visits_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE visits_2024 ADD CONSTRAINT bounds CHECK (day >= '2024-01-01' AND day <= '2025-01-01')$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits ATTACH PARTITION visits_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
