-- name: room_is_free
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000c1', '2026-03-02 09:00:00+00', '2026-03-02 10:00:00+00'
-- budget: 5 ms
-- For showing only: the exclusion constraint decides.
SELECT NOT EXISTS (
    SELECT
    FROM bookings
    WHERE tenant_id = $1
      AND room_id = $2
      AND tstzrange(starts_at, ends_at) && tstzrange($3, $4)
      AND deleted_at IS NULL
);
