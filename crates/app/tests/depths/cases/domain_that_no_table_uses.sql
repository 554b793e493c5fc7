-- case: A constraint of a domain is held against the tables that use it; a DO block has taken the only one away.
-- fears: domain-constraint-validated-at-once
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE DOMAIN amount AS int;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces amount, boxes int);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders DROP COLUMN pieces$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER DOMAIN amount ADD CONSTRAINT above CHECK (VALUE > 0);
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders DROP COLUMN boxes$q$; END $$;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER DOMAIN amount ADD CONSTRAINT above CHECK (VALUE > 0);
