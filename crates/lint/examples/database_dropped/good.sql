-- DROP DATABASE is nothing for a migration.
CREATE SCHEMA retired;
COMMENT ON SCHEMA retired IS 'DROP DATABASE is done by hand';
