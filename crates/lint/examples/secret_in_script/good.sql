-- migration: 1_make_role
-- Its password is set from the secret store when the database is set up.
CREATE ROLE fh_secret_writer LOGIN;
ALTER ROLE fh_secret_writer PASSWORD NULL;
