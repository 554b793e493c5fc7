SET LOCAL lock_timeout = '2s';

DROP TRIGGER faces_fill_embedding_search ON faces;
DROP FUNCTION fill_embedding_search();
ALTER TABLE faces DROP COLUMN embedding_search;
