-- case: TRUNCATE CASCADE empties what refers to the table; a DO block has dropped the reference.
-- fears: truncate-cascades
-- says: table-truncated up-loses-data
-- migration: 1_a (applied)
CREATE TABLE drafts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, draft_id bigint CONSTRAINT of_draft REFERENCES drafts, note text, CONSTRAINT noted CHECK (note <> ''));
CREATE INDEX ON lines (draft_id);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE lines DROP CONSTRAINT of_draft$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
TRUNCATE drafts CASCADE;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE lines DROP CONSTRAINT noted$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
TRUNCATE drafts CASCADE;
