-- migration: 1_make
CREATE SCHEMA billing;
-- migration: 2_rename
ALTER SCHEMA billing RENAME TO invoicing;
