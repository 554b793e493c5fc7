-- migration: 1_make_customers
CREATE COLLATION german (provider = icu, locale = 'de-DE');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    surname text COLLATE german NOT NULL
);
CREATE INDEX customers_surname_idx ON customers (surname);
-- migration: 2_sort_customers_again (no transaction)
REINDEX INDEX CONCURRENTLY customers_surname_idx;
-- migration: 3_take_the_new_order
ALTER COLLATION german REFRESH VERSION;
