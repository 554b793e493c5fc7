SET LOCAL lock_timeout = '2s';

ALTER TABLE faces VALIDATE CONSTRAINT faces_embedding_check;
