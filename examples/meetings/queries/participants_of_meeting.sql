-- name: participants_of_meeting
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a'
-- budget: 10 ms
-- Participants with their names in one query, not one query for each.
SELECT p.participant_id, p.role, p.joined_at, p.left_at, u.display_name
FROM participants p
JOIN users u ON u.org_id = p.org_id AND u.user_id = p.user_id
WHERE p.org_id = $1
  AND p.meeting_id = $2;
