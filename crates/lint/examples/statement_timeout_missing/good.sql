-- migration: 1_make_visits
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now()
);
-- migration: 2_forget_old_visits
SET LOCAL lock_timeout = '3s';
SET LOCAL statement_timeout = '5min';
DELETE FROM visits WHERE seen_at < '2020-01-01';
