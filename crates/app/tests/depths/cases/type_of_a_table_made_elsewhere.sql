-- case: A table of another team: what its column is stored as decides whether rows are written again.
-- fears: column-type-rewritten
-- option: rows stock 5000000
-- harmless:
-- there:
CREATE TABLE stock (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces bigint);
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER pieces TYPE bigint;
-- hazard:
-- there:
CREATE TABLE stock (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pieces int);
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER pieces TYPE bigint;
