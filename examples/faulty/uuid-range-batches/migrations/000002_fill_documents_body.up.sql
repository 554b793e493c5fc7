DO $$
DECLARE
    low uuid := '00000000-0000-0000-0000-000000000000';
    high uuid := '00000000-0000-0000-0000-0000000f4240';
BEGIN
    UPDATE documents SET body = title WHERE id BETWEEN low AND high AND body = '';
END
$$;
