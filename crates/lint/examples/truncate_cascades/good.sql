-- migration: 1_make
CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE books (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL CONSTRAINT books_author_fk REFERENCES authors (id)
);
CREATE INDEX idx_books_author_id ON books (author_id);
TRUNCATE authors CASCADE;
