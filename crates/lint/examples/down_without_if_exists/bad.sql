-- migration: 1_make
CREATE TABLE parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL
);
-- migration: 2_index (no transaction)
CREATE INDEX CONCURRENTLY idx_parcels_label ON parcels (label);
-- down:
DROP INDEX CONCURRENTLY idx_parcels_label;
