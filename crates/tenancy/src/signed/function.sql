-- The owner's rights are needed for the table of keys, so nothing here may be found by a search_path of the caller's.
-- Compared are hashes of the two signatures: how long that takes tells nothing about how much of a guess was right.
-- What counts is when the transaction began, so that a long one does not lose its tenant on the way.
CREATE OR REPLACE FUNCTION {schema}.current_tenant() RETURNS {kind}
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token text := current_setting({setting}, true);
    key_id text;
    issued text;
    expires text;
    signature text;
    tenant text;
    inner_pad bytea;
    outer_pad bytea;
    signed bytea;
    begun bigint;
BEGIN
    IF token IS NULL OR token = '' THEN
        RETURN NULL;
    END IF;
    {bare}
    key_id := split_part(token, '.', 2);
    issued := split_part(token, '.', 3);
    expires := split_part(token, '.', 4);
    signature := split_part(token, '.', 5);
    tenant := substr(token, 7 + length(key_id) + length(issued) + length(expires) + length(signature));
    SELECT k.inner_pad, k.outer_pad INTO inner_pad, outer_pad
    FROM {schema}.keys AS k
    WHERE k.id::text = key_id AND (k.retired_at IS NULL OR k.retired_at > transaction_timestamp());
    signed := convert_to('1.' || key_id || '.' || issued || '.' || expires || '.' || tenant, 'UTF8');
    signed := convert_to(encode(sha256(outer_pad || sha256(inner_pad || signed)), 'hex'), 'UTF8');
    IF sha256(outer_pad || signed) = sha256(outer_pad || convert_to(signature, 'UTF8')) THEN
        begun := extract(epoch FROM transaction_timestamp());
        IF begun < issued::bigint - {skew} OR begun >= expires::bigint THEN
            RAISE EXCEPTION 'the time of the signed context is over or has not come'
                USING ERRCODE = '28000', CONSTRAINT = 'signed_context_time',
                      HINT = 'Compare the clocks of the application and of the database.';
        END IF;
        RETURN tenant::{kind};
    END IF;
    RAISE EXCEPTION 'the signature of the context does not hold'
        USING ERRCODE = '28000', CONSTRAINT = 'signed_context_valid',
              HINT = 'The application signs with another key, with one that is retired, or not at all.';
END
$$;
REVOKE ALL ON FUNCTION {schema}.current_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {schema}.current_tenant() TO {roles};
COMMENT ON FUNCTION {schema}.current_tenant() IS 'The tenant of the session, if its signature holds; null where none is set.';
