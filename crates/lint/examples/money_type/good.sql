CREATE TABLE orders (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    total    numeric(19,4) NOT NULL,
    currency text NOT NULL
);
