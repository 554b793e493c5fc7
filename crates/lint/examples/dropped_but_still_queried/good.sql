-- option: query 4200 SELECT id FROM accounts WHERE id = $1
-- migration: 1_make
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nickname text NOT NULL
);
-- migration: 2_mark
COMMENT ON COLUMN accounts.nickname IS 'unused; to be dropped when no query names it any more';
