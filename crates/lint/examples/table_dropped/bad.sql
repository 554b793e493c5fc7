-- migration: 1_make
CREATE TABLE coupons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
);
-- migration: 2_drop
SET LOCAL lock_timeout = '3s';
DROP TABLE coupons;
