SET LOCAL lock_timeout = '2s';

-- Holds for new rows from now on; the rows of before are checked by the next migration, without blocking writers.
ALTER TABLE faces ADD CONSTRAINT faces_embedding_check
    CHECK (embedding IS NOT NULL OR embedding_encrypted IS NOT NULL) NOT VALID;

COMMENT ON CONSTRAINT faces_embedding_check ON faces IS 'A face without any embedding could never be found.';
