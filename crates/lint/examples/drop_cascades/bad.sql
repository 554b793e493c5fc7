-- migration: 1_make
CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint NOT NULL,
    CONSTRAINT authors_number_key UNIQUE (number)
);
CREATE TABLE books (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_number bigint NOT NULL,
    CONSTRAINT books_author_fk FOREIGN KEY (author_number) REFERENCES authors (number)
);
CREATE INDEX idx_books_author_number ON books (author_number);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
ALTER TABLE authors DROP CONSTRAINT authors_number_key CASCADE;
