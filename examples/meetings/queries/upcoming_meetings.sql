-- name: upcoming_meetings
-- params: '00000000-0000-4000-8000-000000000001', '2026-03-01 00:00:00+00', '00000000-0000-0000-0000-000000000000', 20
-- budget: 10 ms
-- One page of an organisation's meetings to come; the next page begins after the last row's (starts_at, meeting_id).
SELECT meeting_id, title, code, starts_at, ends_at, host_user_id
FROM meetings
WHERE org_id = $1
  AND status = 'scheduled'
  AND (starts_at, meeting_id) > ($2, $3)
ORDER BY starts_at, meeting_id
LIMIT $4;
