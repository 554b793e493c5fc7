SET LOCAL lock_timeout = '2s';

ALTER TABLE faces DROP CONSTRAINT faces_embedding_check;
ALTER TABLE faces ADD CONSTRAINT faces_embedding_check
    CHECK (embedding IS NOT NULL OR embedding_encrypted IS NOT NULL) NOT VALID;
COMMENT ON CONSTRAINT faces_embedding_check ON faces IS 'A face without any embedding could never be found.';
