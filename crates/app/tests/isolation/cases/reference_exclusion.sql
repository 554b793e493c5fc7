-- Bookings of two tenants may not overlap.
-- leaked: reference-exclusion bookings (bookings_room_during_excl)
CREATE ROLE reference_exclusion_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO reference_exclusion_app USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO reference_exclusion_app;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE bookings (
    tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), room int NOT NULL,
    during tstzrange NOT NULL, PRIMARY KEY (tenant_id, id),
    EXCLUDE USING gist (room WITH =, during WITH &&)
);
ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY all_bookings ON bookings FOR ALL TO reference_exclusion_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings TO reference_exclusion_app;
