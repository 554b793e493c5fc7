-- migration: 1_make_visits
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_tune_visits
ALTER TABLE visits SET (autovacuum_vacuum_scale_factor = 0.02);
