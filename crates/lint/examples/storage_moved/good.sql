-- migration: 0_know_another_method
CREATE ACCESS METHOD fh_heap TYPE TABLE HANDLER heap_tableam_handler;
-- migration: 1_make_orders
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price numeric NOT NULL
) USING fh_heap;
-- migration: 2_keep_orders_there
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders SET ACCESS METHOD fh_heap;
