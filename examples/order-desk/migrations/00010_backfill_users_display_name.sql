-- Fills the rows of before the expansion in batches, each in a transaction of its own, so that no lock is held for
-- longer than a batch. Tenant by tenant, because row level security binds the owner too; by keyset within a tenant,
-- because uuids have no ranges to walk. Killed in the middle, it may simply be run again.

-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE backfill_users_display_name(batch integer)
LANGUAGE plpgsql
AS $$
DECLARE
    tenant uuid;
    after_id uuid;
    last_id uuid;
BEGIN
    FOR tenant IN SELECT t.id FROM public.tenants t ORDER BY t.id LOOP
        after_id := '00000000-0000-0000-0000-000000000000';
        LOOP
            PERFORM set_config('app.current_tenant_id', tenant::text, true);
            SELECT max(chosen.id::text)::uuid INTO last_id
            FROM (
                SELECT u.id
                FROM public.users u
                WHERE u.tenant_id = tenant AND u.id > after_id
                ORDER BY u.id
                LIMIT batch
            ) AS chosen;
            EXIT WHEN last_id IS NULL;
            UPDATE public.users u
            SET display_name = u.name
            WHERE u.tenant_id = tenant AND u.id > after_id AND u.id <= last_id AND u.display_name IS NULL;
            COMMIT;
            after_id := last_id;
        END LOOP;
    END LOOP;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON PROCEDURE backfill_users_display_name(integer) FROM PUBLIC;
COMMENT ON PROCEDURE backfill_users_display_name(integer) IS 'Fills users.display_name from users.name in batches of the given size; safe to run again.';
CALL backfill_users_display_name(1000);

-- +goose Down
DROP PROCEDURE IF EXISTS backfill_users_display_name(integer);
