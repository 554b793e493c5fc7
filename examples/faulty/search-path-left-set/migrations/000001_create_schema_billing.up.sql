CREATE SCHEMA billing;
SET search_path TO billing, public;
