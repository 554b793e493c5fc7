SET LOCAL lock_timeout = '2s';

ALTER TABLE faces DROP CONSTRAINT faces_embedding_check;
