-- migration: 1_make
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nickname text NOT NULL
);
-- migration: 2_mark
SET LOCAL lock_timeout = '3s';
ALTER TABLE customers ADD COLUMN attempt text;
ALTER TABLE customers DROP COLUMN attempt;
COMMENT ON COLUMN customers.nickname IS 'unused since release 12; to be dropped in release 14';
