-- case: Refreshing beside readers needs a unique index; a DO block made one, or one that is not unique.
-- fears: refresh-without-unique-index
-- depths: live
-- migration: 1_a (applied)
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date);
CREATE MATERIALIZED VIEW days AS SELECT day, count(*) AS orders FROM orders GROUP BY day;
-- harmless:
-- by hand:
CREATE UNIQUE INDEX ON days (day);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
REFRESH MATERIALIZED VIEW CONCURRENTLY days;
-- hazard:
-- by hand:
CREATE INDEX ON days (day);
-- migration: 2_b
SET LOCAL lock_timeout = '2s';
REFRESH MATERIALIZED VIEW CONCURRENTLY days;
