-- name: identify_face
-- params: '00000000-0000-4000-8000-000000000001', array_fill(0.0442::real, ARRAY[512])::halfvec(512), 0.6, 5
-- budget: 100 ms
-- 1:N search in one tenant. The nearest $4 are taken first and the threshold is applied to them afterwards: so the
-- answer is right with the exact search used here, and stays right with an index made for one big tenant.
SELECT nearest.id, nearest.external_id, 1 - nearest.distance AS similarity
FROM (
    SELECT id, external_id, embedding_search <=> $2 AS distance
    FROM faces
    WHERE tenant_id = $1
      AND embedding_search IS NOT NULL
    ORDER BY embedding_search <=> $2
    LIMIT $4
) AS nearest
WHERE 1 - nearest.distance >= $3
ORDER BY nearest.distance;
