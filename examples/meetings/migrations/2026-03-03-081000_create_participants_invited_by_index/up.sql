CREATE INDEX CONCURRENTLY idx_participants_org_id_invited_by_user_id ON participants (org_id, invited_by_user_id);
