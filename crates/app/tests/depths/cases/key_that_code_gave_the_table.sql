-- case: A table without a primary key; a DO block gives it one, or only a unique constraint.
-- fears: table-without-primary-key
-- depths: rehearsal
-- migration: 1_a
CREATE TABLE orders (id bigint NOT NULL, day date);
-- harmless:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD PRIMARY KEY (id)$q$; END $$;
-- hazard:
DO $$ BEGIN EXECUTE $q$ALTER TABLE orders ADD UNIQUE (day)$q$; END $$;
