-- case: A schema is dropped with what is in it; code has moved that elsewhere.
-- fears: schema-dropped
-- migration: 1_a (applied)
CREATE SCHEMA old; CREATE SCHEMA archive;
CREATE TABLE old.orders (id bigint PRIMARY KEY);
CREATE TABLE archive.orders_before (id bigint PRIMARY KEY);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE old.orders SET SCHEMA archive$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
DROP SCHEMA old CASCADE;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE archive.orders_before SET SCHEMA public$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
DROP SCHEMA old CASCADE;
