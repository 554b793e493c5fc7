-- name: face_by_external_id
-- params: '00000000-0000-4000-8000-000000000001', 'person-1'
-- budget: 5 ms
-- The encrypted embedding of one person, for 1:1 verification; the caller decrypts it with the tenant's key.
SELECT id, embedding_encrypted, embedding_key_version, quality_score, liveness_verified
FROM faces
WHERE tenant_id = $1
  AND external_id = $2;
