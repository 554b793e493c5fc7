SET LOCAL lock_timeout = '2s';

ALTER TABLE sales ADD CONSTRAINT sales_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id);
