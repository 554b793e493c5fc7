CREATE INDEX CONCURRENTLY idx_faces_tenant_id_created_at_id ON faces (tenant_id, created_at, id);
