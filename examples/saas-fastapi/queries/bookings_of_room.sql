-- name: bookings_of_room
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c1', '2026-03-02 00:00:00+00', '2026-03-09 00:00:00+00'
-- budget: 10 ms
SELECT id, title, booked_by_id, starts_at, ends_at
FROM bookings
WHERE tenant_id = $1
  AND room_id = $2
  AND starts_at >= $3
  AND starts_at < $4
  AND deleted_at IS NULL
ORDER BY starts_at;
