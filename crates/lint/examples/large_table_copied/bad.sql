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
INSERT INTO prices (price) SELECT price FROM orders;
