-- name: cancel_booking
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000d1'
-- budget: 5 ms
UPDATE bookings
SET deleted_at = now()
WHERE tenant_id = $1
  AND id = $2
  AND deleted_at IS NULL;
