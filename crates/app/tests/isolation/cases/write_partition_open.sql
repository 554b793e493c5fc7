-- The partition itself is granted and has no policies of its own.
-- leaked: write-update logs_low
-- leaked: write-delete logs_low
-- leaked: write-insert logs_low
-- leaked: write-take logs_low
-- leaked: write-move logs_low
-- leaked: write-merge logs_low
-- leaked: write-upsert logs_low
-- leaked: write-copy logs_low
-- leaked: read-* logs_low
-- leaked: around-statistics logs_low
-- leaked: context-empty logs_low
-- leaked: context-left-over logs_low
-- leaked: context-malformed logs_low
-- leaked: context-none logs_low
-- leaked: context-plan logs_low
-- leaked: context-reset logs_low
-- leaked: context-switched logs_low
CREATE ROLE write_partition_open_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_partition_open_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_partition_open_app;
CREATE TABLE logs (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), level int NOT NULL, body text,
    PRIMARY KEY (tenant_id, id, level)
) PARTITION BY RANGE (level);
CREATE TABLE logs_low PARTITION OF logs FOR VALUES FROM (0) TO (1000);
ALTER TABLE logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE logs FORCE ROW LEVEL SECURITY;
CREATE POLICY all_logs ON logs FOR ALL TO write_partition_open_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON logs, logs_low TO write_partition_open_app;
