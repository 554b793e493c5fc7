CREATE TABLE countries (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    kind "char" NOT NULL,
    CONSTRAINT countries_code_check CHECK (length(code) = 2)
);
