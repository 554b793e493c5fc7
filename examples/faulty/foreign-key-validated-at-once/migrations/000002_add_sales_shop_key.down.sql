SET LOCAL lock_timeout = '2s';

ALTER TABLE sales DROP CONSTRAINT sales_shop_id_fkey;
