-- migration: 1_make
CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    note text
);
-- migration: 2_loosen
SET LOCAL lock_timeout = '3s';
ALTER TABLE invoices ALTER COLUMN note DROP NOT NULL;
