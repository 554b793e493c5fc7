SET LOCAL lock_timeout = '2s';

-- Not valid: no scan while writers wait. The index is there already, so that deleting a user stays fast.
ALTER TABLE participants ADD CONSTRAINT participants_invited_by_user_id_fkey
    FOREIGN KEY (org_id, invited_by_user_id) REFERENCES users (org_id, user_id) NOT VALID;
