-- migration: 1_make
CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE books (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL CONSTRAINT books_author_fk REFERENCES authors (id) ON DELETE RESTRICT
);
CREATE INDEX idx_books_author_id ON books (author_id);
-- migration: 2_empty
SET LOCAL lock_timeout = '3s';
TRUNCATE authors CASCADE;
