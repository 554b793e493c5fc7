-- migration: 1_make
CREATE TABLE stamps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    CONSTRAINT stamps_code_key UNIQUE (code)
);
-- migration: 2_rename
SET LOCAL lock_timeout = '3s';
ALTER TABLE stamps RENAME CONSTRAINT stamps_code_key TO uq_stamps_code;
