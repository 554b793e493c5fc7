-- Arguments: tenant column, name of the table, key columns, excluded columns, masked columns.
CREATE FUNCTION {schema}.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    excluded text[] := TG_ARGV[3];
    masked text[] := TG_ARGV[4];
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    was_of text := was ->> TG_ARGV[0];
    became_of text := became ->> TG_ARGV[0];
    key jsonb;
    became_key jsonb;
    moved boolean := TG_OP = 'UPDATE' AND was_of IS DISTINCT FROM became_of;
BEGIN
    SELECT jsonb_object_agg(k, coalesce(was, became) -> k), jsonb_object_agg(k, became -> k) INTO key, became_key
    FROM unnest(TG_ARGV[2]::text[]) AS k;
    was := was - excluded;
    became := became - excluded;
    IF TG_OP = 'UPDATE' AND NOT moved THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO was, became
        FROM jsonb_each(was) AS o JOIN jsonb_each(became) AS n ON n.key = o.key
        WHERE n.value <> o.value;
        IF was IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    IF masked <> '{}' THEN
        SELECT jsonb_object_agg(v.key, CASE WHEN v.key = ANY (masked) AND v.value <> 'null' THEN '"***"' ELSE v.value END) INTO was
        FROM jsonb_each(was) AS v;
        SELECT jsonb_object_agg(v.key, CASE WHEN v.key = ANY (masked) AND v.value <> 'null' THEN '"***"' ELSE v.value END) INTO became
        FROM jsonb_each(became) AS v;
    END IF;
    INSERT INTO {schema}.audit_log ({column}, at, id, xid, table_name, row_key, action, old_values, new_values,
                                    acting_user, request, ip, acting_role, salt, values_sum)
    SELECT e.tenant::{kind}, transaction_timestamp(), nextval({sequence}), pg_current_xact_id(), TG_ARGV[1], e.key, e.action,
           e.was, e.became,
           nullif(current_setting({user}, true), ''), nullif(current_setting({request}, true), ''),
           nullif(current_setting({ip}, true), '')::inet, session_user, e.salt,
           sha256(e.salt || convert_to(jsonb_build_array(e.was, e.became)::text, 'UTF8'))
    FROM (
        SELECT coalesce(was_of, became_of), key, CASE WHEN moved THEN 'DELETE' ELSE TG_OP END,
               was, CASE WHEN NOT moved THEN became END, uuid_send(gen_random_uuid())
        UNION ALL
        SELECT became_of, became_key, 'INSERT', NULL, became, uuid_send(gen_random_uuid()) WHERE moved
    ) AS e (tenant, key, action, was, became, salt);
    INSERT INTO {schema}.audit_open (xid, {column})
    SELECT pg_current_xact_id(), t::{kind} FROM unnest(ARRAY[was_of, became_of]) AS t WHERE t IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION {schema}.record() FROM PUBLIC;
COMMENT ON FUNCTION {schema}.record() IS 'Trigger: writes what was changed into audit_log.';

-- Runs when a transaction commits: from here to its end the tenant's other writers wait, and no row lock is taken any more
-- that one of them could hold. Tenants are taken in order, so that two transactions do not wait for each other.
CREATE FUNCTION {schema}.seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tenant {kind};
    head {schema}.audit_heads;
    link {schema}.audit_chain;
BEGIN
    FOR tenant IN
        WITH sealed AS (DELETE FROM {schema}.audit_open AS o WHERE o.xid = pg_current_xact_id() RETURNING o.{column})
        SELECT s.{column} FROM sealed AS s ORDER BY 1
    LOOP
        SELECT h.* INTO head FROM {schema}.audit_heads AS h WHERE h.{column} = tenant FOR UPDATE;
        IF NOT FOUND THEN
            INSERT INTO {schema}.audit_heads VALUES (tenant, 0, '', '0', 0) ON CONFLICT DO NOTHING;
            SELECT h.* INTO head FROM {schema}.audit_heads AS h WHERE h.{column} = tenant FOR UPDATE;
        END IF;
        link := NULL;
        SELECT count(*), min(e.id), max(e.id), sha256(string_agg({entry}, ''::bytea ORDER BY e.id))
        INTO link.entries, link.first_id, link.last_id, link.digest
        FROM {schema}.audit_log AS e
        WHERE e.{column} = tenant AND e.at = transaction_timestamp() AND e.xid = pg_current_xact_id()
          AND e.id > CASE WHEN head.xid = pg_current_xact_id() THEN head.last_id ELSE 0 END;
        CONTINUE WHEN link.entries = 0;
        link.{column} := tenant;
        link.seq := head.seq + 1;
        link.at := transaction_timestamp();
        link.xid := pg_current_xact_id();
        link.previous := head.hash;
        link.hash := {link};
        INSERT INTO {schema}.audit_chain SELECT link.*;
        UPDATE {schema}.audit_heads AS h SET seq = link.seq, hash = link.hash, xid = link.xid, last_id = link.last_id
        WHERE h.{column} = tenant;
    END LOOP;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION {schema}.seal() FROM PUBLIC;
COMMENT ON FUNCTION {schema}.seal() IS 'Trigger: puts what a transaction wrote into the chain of its tenants.';

CREATE CONSTRAINT TRIGGER audit_open_seal AFTER INSERT ON {schema}.audit_open
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.seal();

CREATE FUNCTION {schema}.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is watched by the audit trail, which would not see its rows go: DELETE them', TG_TABLE_NAME
        USING ERRCODE = '55000';
END
$$;
REVOKE ALL ON FUNCTION {schema}.refuse_truncate() FROM PUBLIC;

CREATE FUNCTION {schema}.watch(watched regclass, tenant_column name, excluded name[] DEFAULT '{}', masked name[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key_columns name[];
    strange name;
    shown text;
BEGIN
    SELECT array_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum)) INTO key_columns
    FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
    WHERE i.indrelid = watched AND i.indisprimary;
    IF key_columns IS NULL THEN
        RAISE EXCEPTION '% has no primary key: the trail could not say which row was changed', watched USING ERRCODE = '55000';
    END IF;
    SELECT c INTO strange FROM unnest(tenant_column || excluded || masked) AS c
    WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = watched AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% has no column %', watched, strange USING ERRCODE = '42703';
    END IF;
    IF NOT (SELECT a.attnotnull FROM pg_attribute AS a WHERE a.attrelid = watched AND a.attname = tenant_column) THEN
        RAISE EXCEPTION 'the column % of % may be null: changes of rows without a tenant could not be kept', tenant_column, watched
            USING ERRCODE = '55000';
    END IF;
    SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END INTO shown
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = watched;
    EXECUTE format('CREATE TRIGGER audit_record AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION {schema}.record(%L, %L, %L, %L, %L)',
                   watched, tenant_column, shown, key_columns, excluded, masked);
    EXECUTE format('CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_truncate()',
                   watched);
END
$$;
REVOKE ALL ON FUNCTION {schema}.watch(regclass, name, name[], name[]) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.watch(regclass, name, name[], name[]) IS 'Records every change of a table from now on; of excluded columns nothing, of masked ones only that they changed.';

CREATE FUNCTION {schema}.unwatch(watched regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('DROP TRIGGER audit_record ON %s', watched);
    EXECUTE format('DROP TRIGGER audit_refuse_truncate ON %s', watched);
END
$$;
REVOKE ALL ON FUNCTION {schema}.unwatch(regclass) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.unwatch(regclass) IS 'Takes back watch().';

CREATE FUNCTION {schema}.erase(tenant {kind}, erased_table text, erased_key jsonb) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH blanked AS (
        UPDATE {schema}.audit_log AS e SET old_values = NULL, new_values = NULL, salt = NULL, erased_at = now()
        WHERE e.{column} = $1 AND e.table_name = $2 AND e.row_key = $3 AND e.erased_at IS NULL
        RETURNING 1
    )
    SELECT count(*) FROM blanked
$$;
REVOKE ALL ON FUNCTION {schema}.erase({kind}, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.erase({kind}, text, jsonb) IS 'Blanks the values of all changes of a row; that they were made, when and by whom stays in the chain.';
