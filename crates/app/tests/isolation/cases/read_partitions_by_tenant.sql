-- Partitions by hash of the tenant: each holds whole tenants.
-- not tried: write-take readings_1
-- not tried: write-move readings_1
-- not tried: write-upsert readings_1
CREATE ROLE read_partitions_by_tenant_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE readings (tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL, value numeric, PRIMARY KEY (tenant_id, id))
    PARTITION BY HASH (tenant_id);
CREATE TABLE readings_0 PARTITION OF readings FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON readings TO read_partitions_by_tenant_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON readings TO read_partitions_by_tenant_app;
