-- migration: 1_make_orders (applied)
CREATE TYPE order_state AS ENUM ('placed', 'sent');
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state order_state NOT NULL DEFAULT 'placed'
);
-- migration: 2_add_state
SET LOCAL lock_timeout = '3s';
ALTER TYPE order_state ADD VALUE 'returned' AFTER 'sent';
INSERT INTO orders (state) VALUES ('returned');
