-- migration: 1_make_prices
CREATE DOMAIN amount AS numeric;
CREATE TABLE prices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    net amount NOT NULL
);
-- migration: 2_refuse_negative_amounts
SET LOCAL lock_timeout = '3s';
ALTER DOMAIN amount ADD CONSTRAINT amount_not_negative CHECK (VALUE >= 0);
