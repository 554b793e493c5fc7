CREATE SEQUENCE import_number;
