-- case: Twenty rows, or twenty thousand, as the server has counted them.
-- fears: index-built-without-concurrently
-- depths: live
-- harmless:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX orders_day_idx ON orders (day);
-- hazard:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20000) AS n;
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
CREATE INDEX orders_day_idx ON orders (day);
