-- name: verifications_of_person
-- params: '00000000-0000-4000-8000-000000000001', 'person-1', '2026-03-01 00:00:00+00', 20
-- budget: 10 ms
-- The latest verifications of a person since a day; the day keeps older partitions out.
SELECT created_at, verified, confidence, latency_ms, error_code
FROM verification_logs
WHERE tenant_id = $1
  AND external_id = $2
  AND created_at >= $3
ORDER BY created_at DESC
LIMIT $4;
