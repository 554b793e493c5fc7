-- case: A view of twenty rows is filled in no time.
-- fears: view-refreshed-without-concurrently
-- depths: live
-- harmless:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20) AS n;
CREATE MATERIALIZED VIEW notes AS SELECT id, note FROM orders; CREATE UNIQUE INDEX ON notes (id);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
REFRESH MATERIALIZED VIEW notes;
-- hazard:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20000) AS n;
CREATE MATERIALIZED VIEW notes AS SELECT id, note FROM orders; CREATE UNIQUE INDEX ON notes (id);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
REFRESH MATERIALIZED VIEW notes;
