DROP SCHEMA billing;
RESET search_path;
