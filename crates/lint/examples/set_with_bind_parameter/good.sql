CREATE FUNCTION use_language(wanted text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config('app.language', wanted, true);
END
$$;
