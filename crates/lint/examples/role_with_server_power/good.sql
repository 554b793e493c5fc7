CREATE ROLE fh_power_reader NOSUPERUSER NOCREATEROLE;
GRANT pg_monitor TO fh_power_reader;
