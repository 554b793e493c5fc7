-- Values that are written in another way than their casts to text: booleans, addresses, padded texts.
CREATE ROLE read_types_of_values_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), title text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO read_types_of_values_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO read_types_of_values_app;
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE DOMAIN label AS text CHECK (length(value) BETWEEN 1 AND 40);
CREATE TABLE facts (
    tenant_id uuid NOT NULL REFERENCES tenants, id bigint GENERATED ALWAYS AS IDENTITY, done boolean NOT NULL,
    address inet, network cidr, padded char(12), small "char", amount numeric(10, 2), ratio double precision,
    at timestamptz, took interval, tags text[], data jsonb, raw json, bytes bytea, feeling mood, name label,
    place point, span daterange, doubled int GENERATED ALWAYS AS (2) STORED, PRIMARY KEY (tenant_id, id)
);
ALTER TABLE facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE facts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON facts TO read_types_of_values_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON facts TO read_types_of_values_app;
