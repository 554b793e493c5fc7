-- migration: 1_make
CREATE TABLE coupons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
);
-- migration: 2_import
SET LOCAL lock_timeout = '3s';
CREATE TABLE incoming (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
);
INSERT INTO coupons (code) SELECT code FROM incoming WHERE code <> '';
DROP TABLE incoming;
