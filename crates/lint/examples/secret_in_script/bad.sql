-- migration: 1_make_role
CREATE ROLE fh_secret_reader LOGIN PASSWORD 'correct horse';
