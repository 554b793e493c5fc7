-- name: list_faces
-- params: '00000000-0000-4000-8000-000000000001', '2026-01-01 00:00:00+00', '00000000-0000-0000-0000-000000000000', 50
-- budget: 10 ms
-- One page of a tenant's faces; the next page begins after the last row's (created_at, id).
SELECT id, external_id, quality_score, liveness_verified, metadata, created_at
FROM faces
WHERE tenant_id = $1
  AND (created_at, id) > ($2, $3)
ORDER BY created_at, id
LIMIT $4;
