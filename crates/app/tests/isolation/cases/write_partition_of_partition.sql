-- A partition two levels below is granted and has no policies.
-- leaked: write-update events_new_1
-- leaked: write-delete events_new_1
-- leaked: write-insert events_new_1
-- leaked: write-take events_new_1
-- leaked: write-move events_new_1
-- leaked: write-merge events_new_1
-- leaked: write-upsert events_new_1
-- leaked: write-copy events_new_1
-- leaked: read-* events_new_1
-- leaked: around-statistics events_new_1
-- leaked: context-empty events_new_1
-- leaked: context-left-over events_new_1
-- leaked: context-malformed events_new_1
-- leaked: context-none events_new_1
-- leaked: context-plan events_new_1
-- leaked: context-reset events_new_1
-- leaked: context-switched events_new_1
CREATE ROLE write_partition_of_partition_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO write_partition_of_partition_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO write_partition_of_partition_app;
CREATE TABLE events (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), kind text NOT NULL, day int NOT NULL,
    PRIMARY KEY (tenant_id, id, kind, day)
) PARTITION BY LIST (kind);
CREATE TABLE events_new PARTITION OF events FOR VALUES IN ('new', 'open') PARTITION BY RANGE (day);
CREATE TABLE events_new_1 PARTITION OF events_new FOR VALUES FROM (0) TO (400);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY all_events ON events FOR ALL TO write_partition_of_partition_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE events_new ENABLE ROW LEVEL SECURITY;
ALTER TABLE events_new FORCE ROW LEVEL SECURITY;
CREATE POLICY all_events_new ON events_new FOR ALL TO write_partition_of_partition_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON events, events_new, events_new_1 TO write_partition_of_partition_app;
