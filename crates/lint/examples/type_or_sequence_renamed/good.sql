-- migration: 1_make
CREATE DOMAIN score AS integer;
-- migration: 2_beside
CREATE DOMAIN draft AS integer;
ALTER DOMAIN draft RENAME TO points;
