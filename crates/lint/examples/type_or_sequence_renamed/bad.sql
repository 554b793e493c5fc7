-- migration: 1_make
CREATE DOMAIN score AS integer;
-- migration: 2_rename
ALTER DOMAIN score RENAME TO points;
