SET LOCAL lock_timeout = '2s';

CREATE TYPE meeting_status AS ENUM ('scheduled', 'live', 'ended', 'cancelled');
COMMENT ON TYPE meeting_status IS 'How far a meeting is.';

CREATE TABLE meetings (
    meeting_id   uuid           NOT NULL DEFAULT gen_random_uuid(),
    org_id       uuid           NOT NULL,
    host_user_id uuid           NOT NULL,
    code         text           NOT NULL,
    title        text           NOT NULL,
    status       meeting_status NOT NULL DEFAULT 'scheduled',
    starts_at    timestamptz    NOT NULL,
    ends_at      timestamptz    NOT NULL,
    created_at   timestamptz    NOT NULL DEFAULT now(),
    updated_at   timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT meetings_pkey PRIMARY KEY (org_id, meeting_id),
    CONSTRAINT meetings_org_id_code_key UNIQUE (org_id, code),
    CONSTRAINT meetings_host_user_id_fkey FOREIGN KEY (org_id, host_user_id) REFERENCES users (org_id, user_id),
    CONSTRAINT meetings_code_check CHECK (char_length(code) BETWEEN 6 AND 20),
    CONSTRAINT meetings_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT meetings_ends_at_check CHECK (ends_at > starts_at)
);

CREATE INDEX idx_meetings_org_id_host_user_id ON meetings (org_id, host_user_id);

CREATE TRIGGER meetings_touch_updated_at
    BEFORE UPDATE ON meetings
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE meetings IS 'Meetings, planned and past. Who is present right now is kept in Redis; what lasts is kept here.';
COMMENT ON COLUMN meetings.meeting_id IS 'Key, unique within the organisation.';
COMMENT ON COLUMN meetings.org_id IS 'The organisation that holds the meeting.';
COMMENT ON COLUMN meetings.host_user_id IS 'The user who leads it.';
COMMENT ON COLUMN meetings.code IS 'What is typed to join; unique within the organisation, which the join link names.';
COMMENT ON COLUMN meetings.title IS 'What it is about.';
COMMENT ON COLUMN meetings.status IS 'How far it is.';
COMMENT ON COLUMN meetings.starts_at IS 'Planned beginning.';
COMMENT ON COLUMN meetings.ends_at IS 'Planned end.';
COMMENT ON COLUMN meetings.created_at IS 'When the row was made.';
COMMENT ON COLUMN meetings.updated_at IS 'When the row was last changed.';
