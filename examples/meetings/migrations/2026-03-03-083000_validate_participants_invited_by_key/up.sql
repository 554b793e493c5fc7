SET LOCAL lock_timeout = '2s';

ALTER TABLE participants VALIDATE CONSTRAINT participants_invited_by_user_id_fkey;
