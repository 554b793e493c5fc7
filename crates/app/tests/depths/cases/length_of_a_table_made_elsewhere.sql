-- case: More digits after the point write numbers again; more before it do not.
-- fears: column-type-rewritten
-- option: rows stock 5000000
-- harmless:
-- there:
CREATE TABLE stock (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric(8, 2));
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER price TYPE numeric(12, 2);
-- hazard:
-- there:
CREATE TABLE stock (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric(8, 2));
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock ALTER price TYPE numeric(12, 4);
