-- Several partitions, of which one was shut and the others were forgotten.
-- leaked: read-* readings_new
-- leaked: read-* readings_rest
-- leaked: around-statistics readings_new
-- leaked: around-statistics readings_rest
-- leaked: context-empty readings_new
-- leaked: context-empty readings_rest
-- leaked: context-left-over readings_new
-- leaked: context-left-over readings_rest
-- leaked: context-malformed readings_new
-- leaked: context-malformed readings_rest
-- leaked: context-none readings_new
-- leaked: context-none readings_rest
-- leaked: context-plan readings_new
-- leaked: context-plan readings_rest
-- leaked: context-reset readings_new
-- leaked: context-reset readings_rest
-- leaked: context-switched readings_new
-- leaked: context-switched readings_rest
-- held: read-lock readings_new
-- held: read-lock readings_rest
-- held: read-returning readings_new
-- held: read-returning readings_rest
CREATE ROLE read_partitions_by_month_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE readings (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), day date NOT NULL,
    value numeric, PRIMARY KEY (tenant_id, id, day)
) PARTITION BY RANGE (day);
CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE readings_new PARTITION OF readings FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON readings TO read_partitions_by_month_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE readings_old ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON readings, readings_old, readings_new, readings_rest TO read_partitions_by_month_app;
