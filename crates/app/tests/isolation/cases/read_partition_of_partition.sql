-- The second level of partitions was forgotten.
-- leaked: read-* readings_rest_0
-- leaked: around-statistics readings_rest_0
-- leaked: context-empty readings_rest_0
-- leaked: context-left-over readings_rest_0
-- leaked: context-malformed readings_rest_0
-- leaked: context-none readings_rest_0
-- leaked: context-plan readings_rest_0
-- leaked: context-reset readings_rest_0
-- leaked: context-switched readings_rest_0
-- held: read-lock readings_rest_0
-- held: read-returning readings_rest_0
CREATE ROLE read_partition_of_partition_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE readings (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, kind text NOT NULL, value numeric,
    PRIMARY KEY (tenant_id, id, kind)
) PARTITION BY LIST (kind);
CREATE TABLE readings_rest PARTITION OF readings DEFAULT PARTITION BY HASH (tenant_id);
CREATE TABLE readings_rest_0 PARTITION OF readings_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON readings TO read_partition_of_partition_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE readings_rest ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings_rest FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON readings_rest TO read_partition_of_partition_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON readings, readings_rest, readings_rest_0 TO read_partition_of_partition_app;
