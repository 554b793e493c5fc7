CREATE TABLE searches (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language regconfig NOT NULL
);
