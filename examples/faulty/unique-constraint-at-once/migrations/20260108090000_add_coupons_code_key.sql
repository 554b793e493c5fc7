-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE coupons ADD CONSTRAINT coupons_code_key UNIQUE (code);

-- migrate:down
SET LOCAL lock_timeout = '2s';

ALTER TABLE coupons DROP CONSTRAINT coupons_code_key;
