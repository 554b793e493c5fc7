-- migration: 1_make (no transaction)
CREATE DATABASE fh_retired;
-- migration: 2_drop (no transaction)
DROP DATABASE fh_retired;
