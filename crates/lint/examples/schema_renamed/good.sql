-- migration: 1_make
CREATE SCHEMA billing;
-- migration: 2_beside
CREATE SCHEMA draft;
ALTER SCHEMA draft RENAME TO invoicing;
