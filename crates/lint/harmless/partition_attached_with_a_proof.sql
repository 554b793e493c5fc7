-- migration: 1_base
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    name varchar(50),
    phone text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_email_key UNIQUE (email)
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL,
    amount numeric(10, 2) NOT NULL,
    status text NOT NULL DEFAULT 'new',
    note text,
    placed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id)
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
-- migration: 2_events
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
-- migration: 3_partition
CREATE TABLE events_2026_03 (LIKE events INCLUDING ALL);
ALTER TABLE events_2026_03 ADD CONSTRAINT events_2026_03_bound
    CHECK (at >= '2026-03-01' AND at < '2026-04-01') NOT VALID;
-- migration: 4_validate
ALTER TABLE events_2026_03 VALIDATE CONSTRAINT events_2026_03_bound;
-- migration: 5_attach
ALTER TABLE events ATTACH PARTITION events_2026_03 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
