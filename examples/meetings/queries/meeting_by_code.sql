-- name: meeting_by_code
-- params: '00000000-0000-4000-8000-000000000001', 'abc-def-ghi'
-- budget: 5 ms
SELECT meeting_id, title, status, host_user_id, starts_at, ends_at, max_participants
FROM meetings
WHERE org_id = $1
  AND code = $2;
