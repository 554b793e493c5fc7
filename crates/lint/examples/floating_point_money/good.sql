CREATE TABLE products (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                 text NOT NULL,
    price                numeric(12,2) NOT NULL,
    fee_in_cents         bigint NOT NULL,
    -- Not what anybody pays.
    price_change_percent double precision NOT NULL,
    weight               real NOT NULL
);
