SET LOCAL lock_timeout = '2s';

ALTER TABLE participants ADD COLUMN invited_by_user_id uuid;

COMMENT ON COLUMN participants.invited_by_user_id IS 'The user who invited this one; null for those who came by the link.';
