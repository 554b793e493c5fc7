CREATE VIEW document_titles AS
SELECT tenant_id, id, title FROM documents;
GRANT SELECT ON document_titles TO app_writer;
