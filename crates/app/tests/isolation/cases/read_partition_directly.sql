-- Policies on the partitioned parent alone do not bind who names a partition.
-- leaked: read-* readings_all
-- leaked: write-* readings_all
-- leaked: around-statistics readings_all
-- leaked: context-empty readings_all
-- leaked: context-left-over readings_all
-- leaked: context-malformed readings_all
-- leaked: context-none readings_all
-- leaked: context-plan readings_all
-- leaked: context-reset readings_all
-- leaked: context-switched readings_all
-- held: write-truncate readings_all
CREATE ROLE read_partition_directly_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE readings (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), day date NOT NULL,
    value numeric, PRIMARY KEY (tenant_id, id, day)
) PARTITION BY RANGE (day);
CREATE TABLE readings_all PARTITION OF readings DEFAULT;
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON readings TO read_partition_directly_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON readings, readings_all TO read_partition_directly_app;
