-- case: SET LOGGED copies an unlogged table; one that code has made logged stays as it is.
-- fears: logging-switched
-- option: rows visits 5000000
-- migration: 1_a (applied)
CREATE UNLOGGED TABLE visits (id bigint PRIMARY KEY, day date);
CREATE UNLOGGED TABLE other (id bigint PRIMARY KEY, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE visits SET LOGGED$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits SET LOGGED;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE other SET LOGGED$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE visits SET LOGGED;
