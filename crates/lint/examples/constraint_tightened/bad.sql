-- option: rows visitors 12
-- migration: 1_make
CREATE TABLE visitors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    country text
);
-- migration: 2_tighten
SET LOCAL lock_timeout = '3s';
ALTER TABLE visitors ALTER COLUMN country SET NOT NULL;
