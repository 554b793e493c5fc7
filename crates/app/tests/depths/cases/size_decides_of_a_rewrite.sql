-- case: Twenty rows are written again in no time.
-- fears: column-type-rewritten
-- depths: live
-- harmless:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER day TYPE timestamptz;
-- hazard:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20000) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER day TYPE timestamptz;
