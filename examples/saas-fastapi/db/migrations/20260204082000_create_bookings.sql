-- migrate:up
SET LOCAL lock_timeout = '2s';

-- The exclusion constraint decides, however many requests come at once; a look before the insert could not.
CREATE TABLE bookings (
    id           uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id    uuid        NOT NULL,
    room_id      uuid        NOT NULL,
    booked_by_id uuid        NOT NULL,
    title        text        NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    deleted_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT bookings_room_id_fkey FOREIGN KEY (tenant_id, room_id) REFERENCES rooms (tenant_id, id),
    CONSTRAINT bookings_booked_by_id_fkey FOREIGN KEY (tenant_id, booked_by_id) REFERENCES users (tenant_id, id),
    CONSTRAINT bookings_title_check CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT bookings_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT bookings_room_id_excl EXCLUDE USING gist (
        tenant_id WITH =,
        room_id WITH =,
        tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (deleted_at IS NULL)
);

CREATE INDEX idx_bookings_tenant_id_room_id_starts_at ON bookings (tenant_id, room_id, starts_at);
CREATE INDEX idx_bookings_tenant_id_booked_by_id ON bookings (tenant_id, booked_by_id);

CREATE TRIGGER bookings_touch_updated_at
    BEFORE UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER bookings_record_audit AFTER INSERT OR UPDATE OR DELETE ON bookings
    FOR EACH ROW EXECUTE FUNCTION record_audit('tenant_id');

ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY bookings_of_tenant ON bookings
    FOR ALL TO app_reader, app_writer, app_admin
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY bookings_of_tenant ON bookings IS 'A session sees and writes rows of its own tenant; without one, none.';

GRANT SELECT ON bookings TO app_reader;
GRANT SELECT, INSERT, UPDATE ON bookings TO app_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings TO app_admin;

COMMENT ON TABLE bookings IS 'Who has a room, from when to when. Living bookings of one room never overlap.';
COMMENT ON COLUMN bookings.id IS 'Key, unique within the tenant.';
COMMENT ON COLUMN bookings.tenant_id IS 'The tenant of room and user.';
COMMENT ON COLUMN bookings.room_id IS 'The room.';
COMMENT ON COLUMN bookings.booked_by_id IS 'The user who booked it.';
COMMENT ON COLUMN bookings.title IS 'What for.';
COMMENT ON COLUMN bookings.starts_at IS 'Beginning; belongs to the booking.';
COMMENT ON COLUMN bookings.ends_at IS 'End; does not belong to it, so that the next booking may begin there.';
COMMENT ON COLUMN bookings.deleted_at IS 'When it was cancelled; null means it stands.';
COMMENT ON COLUMN bookings.created_at IS 'When the row was made.';
COMMENT ON COLUMN bookings.updated_at IS 'When the row was last changed.';
COMMENT ON CONSTRAINT bookings_room_id_excl ON bookings IS 'No two living bookings of one room overlap.';

-- migrate:down
SET LOCAL lock_timeout = '2s';

DROP TABLE bookings;
