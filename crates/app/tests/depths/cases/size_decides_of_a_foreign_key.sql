-- case: The rows of both tables are read.
-- fears: foreign-key-validated-at-once
-- depths: live
-- harmless:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20) AS n;
ALTER TABLE orders ADD COLUMN before bigint;
CREATE INDEX ON orders (before);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT earlier FOREIGN KEY (before) REFERENCES orders;
-- hazard:
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day date);
INSERT INTO orders (note) SELECT 'n' || n FROM generate_series(1, 20000) AS n;
ALTER TABLE orders ADD COLUMN before bigint;
CREATE INDEX ON orders (before);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT earlier FOREIGN KEY (before) REFERENCES orders;
