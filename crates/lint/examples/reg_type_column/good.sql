CREATE TABLE searches (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   regclass NOT NULL,
    language text NOT NULL
);
