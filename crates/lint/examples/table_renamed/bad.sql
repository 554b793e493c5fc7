-- migration: 1_make
CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
-- migration: 2_rename
SET LOCAL lock_timeout = '3s';
ALTER TABLE clients RENAME TO customers;
