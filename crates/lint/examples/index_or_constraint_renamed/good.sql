CREATE TABLE stamps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    CONSTRAINT stamps_code_key UNIQUE (code)
);
ALTER TABLE stamps RENAME CONSTRAINT stamps_code_key TO uq_stamps_code;
