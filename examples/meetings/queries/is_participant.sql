-- name: is_participant
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-0000000000b1'
-- budget: 5 ms
SELECT EXISTS (
    SELECT
    FROM participants
    WHERE org_id = $1
      AND meeting_id = $2
      AND user_id = $3
);
