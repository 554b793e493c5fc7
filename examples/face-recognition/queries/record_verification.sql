-- name: record_verification
-- params: '00000000-0000-4000-8000-000000000001', NULL, 'person-1', true, 0.93, 41, 'internal', '2026-03-01 12:00:00+00'
-- budget: 5 ms
INSERT INTO verification_logs (tenant_id, face_id, external_id, verified, confidence, latency_ms, provider, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8);
