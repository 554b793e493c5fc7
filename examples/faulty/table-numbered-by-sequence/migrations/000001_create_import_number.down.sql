DROP SEQUENCE import_number;
