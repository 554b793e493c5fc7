CREATE TABLE customers (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  varchar(255) NOT NULL,
    email varchar(255) NOT NULL
);
