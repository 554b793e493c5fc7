-- case: A table that is a heap is not copied to become one.
-- fears: storage-moved
-- option: rows stock 5000000
-- option: majors 15,16,17
-- harmless:
-- there:
CREATE TABLE stock (id bigint PRIMARY KEY, place text);
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock SET ACCESS METHOD heap;
-- hazard:
-- there:
CREATE ACCESS METHOD stack TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE stock (id bigint PRIMARY KEY, place text) USING stack;
-- migration: 1_a (applied)
CREATE TABLE other (id bigint PRIMARY KEY);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
ALTER TABLE stock SET ACCESS METHOD heap;
