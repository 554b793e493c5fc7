-- option: rows settings 12
-- migration: 1_make
CREATE TABLE settings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
-- migration: 2_prune
SET LOCAL lock_timeout = '3s';
DELETE FROM settings WHERE name = 'colour of the old theme';
