-- case: Setting a sequence to a number gives numbers twice where it stands higher.
-- fears: sequence-set-back
-- migration: 1_a (applied)
CREATE SEQUENCE tickets START 5000;
CREATE SEQUENCE other START 5000;
-- harmless:
DO $$ BEGIN EXECUTE $q$DROP SEQUENCE tickets; CREATE SEQUENCE tickets START 10$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER SEQUENCE tickets RESTART 1000;
-- hazard:
DO $$ BEGIN EXECUTE $q$DROP SEQUENCE other; CREATE SEQUENCE other START 10$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER SEQUENCE tickets RESTART 1000;
