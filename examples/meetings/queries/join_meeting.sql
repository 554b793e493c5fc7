-- name: join_meeting
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-0000000000b1', '2026-03-01 12:00:00+00'
-- budget: 5 ms
-- Coming back keeps the first time of joining.
INSERT INTO participants (org_id, meeting_id, user_id, joined_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (org_id, meeting_id, user_id) DO UPDATE
SET joined_at = coalesce(participants.joined_at, excluded.joined_at),
    left_at = NULL
RETURNING participant_id, role;
