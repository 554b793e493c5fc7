CREATE TABLE events (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

-- Numbers that people give: they do not run out by themselves.
CREATE TABLE currencies (
    number smallint PRIMARY KEY,
    code   text NOT NULL
);
