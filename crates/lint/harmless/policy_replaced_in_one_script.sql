-- migration: 2_rls
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_name text NOT NULL,
    body text NOT NULL
);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY notes_owner ON notes USING (owner_name = current_user);
-- migration: 3_policy
DROP POLICY notes_owner ON notes;
CREATE POLICY notes_owner ON notes USING (owner_name = current_user) WITH CHECK (owner_name = current_user);
