DO $$
BEGIN
    EXECUTE format('CREATE TABLE import_%s (id uuid NOT NULL PRIMARY KEY, line text NOT NULL)', nextval('import_number'));
END
$$;
