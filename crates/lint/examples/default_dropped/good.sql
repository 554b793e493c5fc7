-- migration: 1_make
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL DEFAULT 'new'
);
-- migration: 2_change
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'draft';
