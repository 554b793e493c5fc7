-- name: leave_meeting
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-0000000000b1', '2026-03-01 13:00:00+00'
-- budget: 5 ms
UPDATE participants
SET left_at = $4
WHERE org_id = $1
  AND meeting_id = $2
  AND user_id = $3
  AND joined_at <= $4;
