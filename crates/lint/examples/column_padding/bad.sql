CREATE TABLE deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    express      boolean NOT NULL,
    ordered_at   timestamptz NOT NULL,
    signed       boolean NOT NULL,
    delivered_at timestamptz NOT NULL
);
