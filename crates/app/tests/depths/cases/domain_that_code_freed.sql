-- case: A column of a domain with constraints is written to all rows; a DO block has dropped the constraint.
-- fears: constrained-domain-column-added
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric, day date);
CREATE DOMAIN positive AS int CONSTRAINT above CHECK (VALUE > 0);
CREATE DOMAIN word AS text CONSTRAINT filled CHECK (VALUE <> '');
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER DOMAIN positive DROP CONSTRAINT above$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN pieces positive;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER DOMAIN word DROP CONSTRAINT filled$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN pieces positive;
