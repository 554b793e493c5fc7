-- case: Twenty rows are held against a CHECK in no time.
-- fears: check-validated-at-once
-- says: constraint-tightened
-- depths: live
-- harmless:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT noted CHECK (note <> '');
-- hazard:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20000) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT noted CHECK (note <> '');
