-- name: fill_embedding_search
-- params: '00000000-0000-4000-8000-000000000001', '00000000-0000-0000-0000-000000000000', 500
-- budget: 500 ms
-- One batch of a tenant's old faces, by keyset: call again with the greatest id returned until no row comes back.
WITH batch AS (
    SELECT id
    FROM faces
    WHERE tenant_id = $1
      AND id > $2
      AND embedding IS NOT NULL
      AND embedding_search IS NULL
    ORDER BY id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE faces
SET embedding = embedding
FROM batch
WHERE faces.tenant_id = $1
  AND faces.id = batch.id
RETURNING faces.id;
