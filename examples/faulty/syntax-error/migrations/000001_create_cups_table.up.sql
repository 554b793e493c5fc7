CREATE TABLE cups (
    id uuid NOT NULL PRIMARY KEY,
    colour text NOT NULL,
);
