-- case: A function with the rights of its owner gets its search_path by code.
-- fears: security-definer-without-search-path
-- depths: rehearsal
-- migration: 1_a
CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT current_user::text $$;
CREATE FUNCTION other() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user::text $$;
REVOKE EXECUTE ON FUNCTION who() FROM PUBLIC;
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER FUNCTION who() SET search_path = pg_catalog, pg_temp$q$; END $$;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER FUNCTION other() SET search_path = pg_catalog, pg_temp$q$; END $$;
