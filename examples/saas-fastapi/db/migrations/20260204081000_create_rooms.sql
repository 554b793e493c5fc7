-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE rooms (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id  uuid        NOT NULL,
    name       text        NOT NULL,
    seats      integer     NOT NULL DEFAULT 4,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rooms_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT rooms_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT rooms_name_check CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT rooms_seats_check CHECK (seats BETWEEN 1 AND 1000)
);

CREATE UNIQUE INDEX idx_rooms_tenant_id_name ON rooms (tenant_id, name) WHERE deleted_at IS NULL;

CREATE TRIGGER rooms_touch_updated_at
    BEFORE UPDATE ON rooms
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER rooms_record_audit AFTER INSERT OR UPDATE OR DELETE ON rooms
    FOR EACH ROW EXECUTE FUNCTION record_audit('tenant_id');

ALTER TABLE rooms ENABLE ROW LEVEL SECURITY;
ALTER TABLE rooms FORCE ROW LEVEL SECURITY;
CREATE POLICY rooms_of_tenant ON rooms
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY rooms_of_tenant ON rooms IS 'A session sees and writes rows of its own tenant; without one, none.';

GRANT SELECT ON rooms TO app_reader;
GRANT SELECT, INSERT, UPDATE ON rooms TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON rooms TO app_admin;

COMMENT ON TABLE rooms IS 'Rooms of a tenant that can be booked.';
COMMENT ON COLUMN rooms.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN rooms.tenant_id IS 'The tenant that the room belongs to.';
COMMENT ON COLUMN rooms.name IS 'What people call it; unique among the tenant''s living rooms.';
COMMENT ON COLUMN rooms.seats IS 'How many may sit in it.';
COMMENT ON COLUMN rooms.deleted_at IS 'When it was taken out of use; null means it is in use.';
COMMENT ON COLUMN rooms.created_at IS 'When the row was made.';
COMMENT ON COLUMN rooms.updated_at IS 'When the row was last changed.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE rooms;
