CREATE SCHEMA {schema};
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
GRANT USAGE ON SCHEMA {schema} TO {roles};
COMMENT ON SCHEMA {schema} IS 'The context that a session takes on, and what it is checked with.';

-- The two pads are what HMAC-SHA256 makes of the key first; with them at hand a check needs the built-in sha256 alone.
CREATE TABLE {schema}.keys (
    id         integer     NOT NULL,
    inner_pad  bytea       NOT NULL,
    outer_pad  bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    CONSTRAINT keys_pkey PRIMARY KEY (id),
    CONSTRAINT keys_id_check CHECK (id > 0),
    CONSTRAINT keys_inner_pad_check CHECK (length(inner_pad) = 64),
    CONSTRAINT keys_outer_pad_check CHECK (length(outer_pad) = 64)
);
REVOKE ALL ON {schema}.keys FROM PUBLIC;
COMMENT ON TABLE {schema}.keys IS 'What tenants are signed with. Nobody but the owner may read it.';
COMMENT ON COLUMN {schema}.keys.id IS 'Number of the key; tokens carry it, so that two keys are good while one replaces the other.';
COMMENT ON COLUMN {schema}.keys.inner_pad IS 'The key combined with 0x36, padded to 64 bytes.';
COMMENT ON COLUMN {schema}.keys.outer_pad IS 'The key combined with 0x5c, padded to 64 bytes.';
COMMENT ON COLUMN {schema}.keys.created_at IS 'When the key was put in.';
COMMENT ON COLUMN {schema}.keys.retired_at IS 'From when on its tokens are refused; null means that they are good.';

CREATE FUNCTION {schema}.put_key(id integer, key bytea) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    inner_pad bytea;
    outer_pad bytea;
BEGIN
    IF length(key) <> 32 THEN
        RAISE EXCEPTION 'a signing key has 32 bytes' USING ERRCODE = '22023';
    END IF;
    inner_pad := key || decode(repeat('00', 32), 'hex');
    outer_pad := inner_pad;
    FOR at IN 0..63 LOOP
        inner_pad := set_byte(inner_pad, at, get_byte(inner_pad, at) # 54);
        outer_pad := set_byte(outer_pad, at, get_byte(outer_pad, at) # 92);
    END LOOP;
    INSERT INTO {schema}.keys (id, inner_pad, outer_pad) VALUES (put_key.id, inner_pad, outer_pad);
END
$$;
REVOKE ALL ON FUNCTION {schema}.put_key(integer, bytea) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.put_key(integer, bytea) IS 'Puts in a key of 32 bytes under a number that was not used before.';

CREATE FUNCTION {schema}.retire_key(id integer, since timestamptz DEFAULT now()) RETURNS boolean
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    WITH retired AS (
        UPDATE {schema}.keys AS k SET retired_at = $2 WHERE k.id = $1 AND (k.retired_at IS NULL OR k.retired_at > $2) RETURNING 1
    )
    SELECT EXISTS (SELECT FROM retired)
$$;
REVOKE ALL ON FUNCTION {schema}.retire_key(integer, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION {schema}.retire_key(integer, timestamptz) IS 'Refuses tokens of a key from a time on; false when there is none, or it was retired before.';

