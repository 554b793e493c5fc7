-- name: erase_person
-- params: '00000000-0000-4000-8000-000000000001', 'person-1'
-- budget: 50 ms
-- Forgets a person on request, as app_admin: the face goes, the logs keep the fact but not the person. Consents stay,
-- as the proof that the face was lawful.
WITH erased AS (
    DELETE FROM faces
    WHERE tenant_id = $1
      AND external_id = $2
    RETURNING id
), blanked_logs AS (
    UPDATE verification_logs
    SET external_id = NULL,
        updated_at = now()
    WHERE tenant_id = $1
      AND external_id = $2
    RETURNING id
), blanked_audit AS (
    UPDATE audit_log
    SET old_values = NULL,
        new_values = NULL,
        updated_at = now()
    WHERE tenant_id = $1
      AND table_name = 'faces'
      AND row_id IN (SELECT id FROM erased)
    RETURNING id
)
SELECT (SELECT count(*) FROM erased) AS faces,
       (SELECT count(*) FROM blanked_logs) AS logs,
       (SELECT count(*) FROM blanked_audit) AS audit_entries;
