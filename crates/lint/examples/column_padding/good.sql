CREATE TABLE deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ordered_at   timestamptz NOT NULL,
    delivered_at timestamptz NOT NULL,
    express      boolean NOT NULL,
    signed       boolean NOT NULL
);
