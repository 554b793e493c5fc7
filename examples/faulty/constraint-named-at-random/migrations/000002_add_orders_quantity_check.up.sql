SET LOCAL lock_timeout = '2s';

DO $$
BEGIN
    EXECUTE format('ALTER TABLE orders ADD CONSTRAINT %I CHECK (quantity > 0) NOT VALID', 'check_' || md5(random()::text));
END
$$;
