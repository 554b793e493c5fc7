-- case: An index that replication needs is dropped; code has given the table another identity before.
-- fears: replica-identity-index-dropped
-- option: rows orders 5000000
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint NOT NULL, code text NOT NULL, note text);
CREATE UNIQUE INDEX by_code ON orders (code);
CREATE UNIQUE INDEX by_id ON orders (id);
ALTER TABLE orders REPLICA IDENTITY USING INDEX by_code;
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders REPLICA IDENTITY USING INDEX by_id$q$; END $$;
-- migration: 2_b (no transaction)
DROP INDEX CONCURRENTLY by_code;
-- hazard:
DO $$ BEGIN EXECUTE $q$CREATE INDEX by_note ON orders (note)$q$; END $$;
-- migration: 2_b (no transaction)
DROP INDEX CONCURRENTLY by_code;
