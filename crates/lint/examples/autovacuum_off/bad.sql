-- migration: 1_make_visits
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_load_visits
ALTER TABLE visits SET (autovacuum_enabled = false);
