CREATE INDEX idx_faces_tenant_id_created_at ON faces (tenant_id, created_at);
ALTER TABLE faces ADD COLUMN label text;
