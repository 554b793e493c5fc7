-- case: A table whose rows are on another server is not read here.
-- fears: not-null-without-proof
-- option: rows stock 5000000
-- harmless:
-- there:
CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER far FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE stock (id bigint, place text) SERVER far;
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER place SET NOT NULL;
-- hazard:
-- there:
CREATE TABLE stock (id bigint PRIMARY KEY, place text);
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER place SET NOT NULL;
