-- name: book_room
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000b1', 'Planning', '2026-03-02 09:00:00+00', '2026-03-02 10:00:00+00'
-- budget: 5 ms
-- A booking that overlaps another is refused with 23P01; the application answers "taken".
INSERT INTO bookings (tenant_id, room_id, booked_by_id, title, starts_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;
