SET LOCAL lock_timeout = '2s';

ALTER TABLE participants DROP CONSTRAINT participants_invited_by_user_id_fkey;
ALTER TABLE participants ADD CONSTRAINT participants_invited_by_user_id_fkey
    FOREIGN KEY (org_id, invited_by_user_id) REFERENCES users (org_id, user_id) NOT VALID;
