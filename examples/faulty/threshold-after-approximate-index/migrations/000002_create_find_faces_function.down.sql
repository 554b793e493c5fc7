SET LOCAL lock_timeout = '2s';

DROP FUNCTION find_faces(vector, double precision, integer);
DROP TABLE faces;
DROP EXTENSION vector;
