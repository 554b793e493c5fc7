CREATE FUNCTION day_of(at timestamptz) RETURNS date
LANGUAGE plpgsql
AS $$
BEGIN
    IF at IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (at AT TIME ZONE 'UTC')::date;
END
$$;
