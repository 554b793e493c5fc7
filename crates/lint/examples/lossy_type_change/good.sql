-- option: rows prices 12
-- migration: 1_make
CREATE TABLE prices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount numeric(12, 2) NOT NULL
);
-- migration: 2_widen
SET LOCAL lock_timeout = '3s';
ALTER TABLE prices ALTER COLUMN amount TYPE numeric(14, 2);
