-- name: store_face
-- params: '00000000-0000-4000-8000-000000000001', 'person-1', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 1, 0.93, true
-- budget: 5 ms
-- Stores or replaces a face, but only while a consent to its registration is in force.
INSERT INTO faces (tenant_id, external_id, embedding_encrypted, embedding_key_version, quality_score, liveness_verified)
SELECT $1, $2, $3, $4, $5, $6
WHERE EXISTS (
    SELECT
    FROM consent_records
    WHERE tenant_id = $1
      AND external_id = $2
      AND consent_type = 'FACE_REGISTRATION'
      AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now())
)
ON CONFLICT (tenant_id, external_id) DO UPDATE
SET embedding_encrypted = excluded.embedding_encrypted,
    embedding_key_version = excluded.embedding_key_version,
    quality_score = excluded.quality_score,
    liveness_verified = excluded.liveness_verified
RETURNING id;
