-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 2_make_prices
CREATE TABLE prices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
);
-- migration: 3_copy_prices (no transaction)
INSERT INTO prices (price) SELECT price FROM orders WHERE id BETWEEN 1 AND 10000;
INSERT INTO prices (price) SELECT price FROM orders WHERE id BETWEEN 10001 AND 20000;
