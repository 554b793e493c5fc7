-- migration: 1_make
CREATE TABLE visits (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL
);
-- migration: 2_empty
SET LOCAL lock_timeout = '3s';
TRUNCATE visits;
