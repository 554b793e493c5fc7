SET LOCAL lock_timeout = '2s';

DO $$
DECLARE
    constraint_name name;
BEGIN
    SELECT conname INTO constraint_name FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'c';
    EXECUTE format('ALTER TABLE orders DROP CONSTRAINT %I', constraint_name);
END
$$;
