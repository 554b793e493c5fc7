SET LOCAL lock_timeout = '2s';

CREATE TYPE participant_role AS ENUM ('host', 'speaker', 'attendee');
COMMENT ON TYPE participant_role IS 'What a participant may do in a meeting.';

CREATE TABLE participants (
    participant_id uuid             NOT NULL DEFAULT gen_random_uuid(),
    org_id         uuid             NOT NULL,
    meeting_id     uuid             NOT NULL,
    user_id        uuid             NOT NULL,
    role           participant_role NOT NULL DEFAULT 'attendee',
    joined_at      timestamptz,
    left_at        timestamptz,
    created_at     timestamptz      NOT NULL DEFAULT now(),
    updated_at     timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT participants_pkey PRIMARY KEY (org_id, participant_id),
    CONSTRAINT participants_org_id_meeting_id_user_id_key UNIQUE (org_id, meeting_id, user_id),
    CONSTRAINT participants_meeting_id_fkey FOREIGN KEY (org_id, meeting_id) REFERENCES meetings (org_id, meeting_id) ON DELETE CASCADE,
    CONSTRAINT participants_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, user_id),
    CONSTRAINT participants_left_at_check CHECK (left_at >= joined_at)
);

CREATE INDEX idx_participants_org_id_user_id ON participants (org_id, user_id);

CREATE TRIGGER participants_touch_updated_at
    BEFORE UPDATE ON participants
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE participants IS 'Who was invited to a meeting, and when they came and went.';
COMMENT ON COLUMN participants.participant_id IS 'Key, unique within the organisation.';
COMMENT ON COLUMN participants.org_id IS 'The organisation of meeting and user.';
COMMENT ON COLUMN participants.meeting_id IS 'The meeting.';
COMMENT ON COLUMN participants.user_id IS 'The user; at most once in a meeting.';
COMMENT ON COLUMN participants.role IS 'What the user may do in the meeting.';
COMMENT ON COLUMN participants.joined_at IS 'When the user first came; null means not yet.';
COMMENT ON COLUMN participants.left_at IS 'When the user last left; null while present or absent.';
COMMENT ON COLUMN participants.created_at IS 'When the row was made.';
COMMENT ON COLUMN participants.updated_at IS 'When the row was last changed.';
