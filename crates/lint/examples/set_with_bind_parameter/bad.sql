CREATE FUNCTION use_language(wanted text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE 'SET LOCAL app.language = $1' USING wanted;
END
$$;
