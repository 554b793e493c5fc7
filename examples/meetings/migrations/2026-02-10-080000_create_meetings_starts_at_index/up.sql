CREATE INDEX CONCURRENTLY idx_meetings_org_id_starts_at_meeting_id ON meetings (org_id, starts_at, meeting_id) WHERE status = 'scheduled';
