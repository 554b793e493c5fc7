CREATE TABLE customers (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  varchar NOT NULL,
    email text NOT NULL,
    CONSTRAINT customers_email_check CHECK (length(email) <= 320)
);
